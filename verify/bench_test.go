package verify_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"testing"
)

func benchBody(size int) string {
	return `{"id":"evt_1","type":"link.created","event_id":"Ev1","data":"` +
		string(bytes.Repeat([]byte("x"), max(0, size-63))) + `"}`
}

// BenchmarkVerify has the bare HMAC of the body, reused, as preset=none: what
// no verification can be faster than.
func BenchmarkVerify(b *testing.B) {
	ctx := context.Background()
	for _, size := range []int{128, 1024, 64 << 10} {
		body := []byte(benchBody(size))
		b.Run(fmt.Sprintf("preset=none/size=%d", size), func(b *testing.B) {
			m, sum := hmac.New(sha256.New, []byte("secret")), make([]byte, 0, 32)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				m.Reset()
				m.Write(body)
				sum = m.Sum(sum[:0])
			}
		})
		for i := range presets {
			p := &presets[i]
			b.Run(fmt.Sprintf("preset=%s/size=%d", p.name, size), func(b *testing.B) {
				s := p.scheme(b, p.new, p.old)
				h := http.Header{}
				p.sign(h, p.old, "id-1", now, string(body))
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Verify(ctx, h, body); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkCheckHeader(b *testing.B) {
	for i := range presets {
		p := &presets[i]
		b.Run("preset="+p.name, func(b *testing.B) {
			s := p.scheme(b, p.new)
			h := p.header(p.new, now)
			b.ReportAllocs()
			for b.Loop() {
				if err := s.CheckHeader(h); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
