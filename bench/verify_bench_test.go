package bench_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/bench"
)

// TestContenders: all that are compared accept a genuine request and refuse any
// other.
func TestContenders(t *testing.T) {
	for _, f := range formats {
		for _, c := range f.contenders() {
			if strings.HasPrefix(c.name, "hmac-") {
				continue // compares nothing
			}
			t.Run(f.name+"/"+c.name, func(t *testing.T) {
				verify, err := c.new(secret)
				if err != nil {
					t.Fatal(err)
				}
				for _, size := range []int{200, 64 << 10} {
					body := bench.Body(1, size, bench.Members)
					h := f.sign(t, secret, body)
					for range 2 {
						if err := verify(h, body); err != nil {
							t.Errorf("%d bytes: genuine: %v", size, err)
						}
					}
					tampered := bytes.Clone(body)
					tampered[size/2] ^= 1
					if verify(h, tampered) == nil {
						t.Errorf("%d bytes: tampered: accepted", size)
					}
					if verify(f.sign(t, other, body), body) == nil {
						t.Errorf("%d bytes: signed with another secret: accepted", size)
					}
				}
			})
		}
	}
}

// BenchmarkVerify compares the floor, our preset and its peers, for each format.
// All iterations verify the same request: no contender remembers requests.
func BenchmarkVerify(b *testing.B) {
	for _, f := range formats {
		for _, size := range []int{200, 1 << 10, 4 << 10, 64 << 10, 1 << 20} {
			body := bench.Body(1, size, bench.Members)
			for _, c := range f.contenders() {
				b.Run(fmt.Sprintf("format=%s/size=%d/v=%s", f.name, size, c.name), func(b *testing.B) {
					verify, err := c.new(secret)
					if err != nil {
						b.Fatal(err)
					}
					h := f.sign(b, secret, body)
					b.SetBytes(int64(size))
					b.ReportAllocs()
					for b.Loop() {
						if err := verify(h, body); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkSecrets is the cost of more secrets. All requests are signed with the
// oldest one.
func BenchmarkSecrets(b *testing.B) {
	for _, size := range []int{200, 1 << 10} {
		body := bench.Body(1, size, bench.Members)
		for _, n := range []int{1, 2, 10, 100} {
			b.Run(fmt.Sprintf("size=%d/secrets=%d/v=hooklatch", size, n), func(b *testing.B) {
				secrets := make([]string, n)
				for i := range secrets {
					secrets[i] = fmt.Sprintf("secret number %d", i)
				}
				f := &formats[0]
				s, err := f.scheme(secrets...)
				if err != nil {
					b.Fatal(err)
				}
				h := f.sign(b, secrets[n-1], body)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Verify(b.Context(), h, body); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
