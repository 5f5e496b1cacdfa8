package bench_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/hooklatch/hooklatch/bench"
)

// batch is how many of the n remaining requests are signed at a time: as many
// as fit into a few MiB.
func batch(n, size int) int { return max(1, min(n, 256, 4<<20/size)) }

// inProcess sends b.N deliveries through a receiver, without a connection. The
// timer is stopped while they are signed.
func inProcess(b *testing.B, v bench.Receiver, s *bench.Stream, size int, limit int64) {
	h := handler(b, v, limit)
	w := sink{header: make(http.Header, 8)}
	var requests []*http.Request
	b.ReportAllocs()
	b.SetBytes(int64(size))
	b.ResetTimer()
	for i := range b.N {
		if len(requests) == 0 {
			b.StopTimer()
			for range batch(b.N-i, size) {
				requests = append(requests, s.Request())
			}
			b.StartTimer()
		}
		w.status = 0
		clear(w.header)
		h.ServeHTTP(&w, requests[0])
		requests = requests[1:]
		if w.status != http.StatusOK {
			b.Fatalf("status %d", w.status)
		}
	}
}

// BenchmarkHandler receives whole deliveries in process.
func BenchmarkHandler(b *testing.B) {
	for _, size := range []int{200, 1 << 10, 16 << 10} {
		for _, v := range bench.Receivers {
			b.Run(fmt.Sprintf("size=%d/v=%s", size, v), func(b *testing.B) {
				inProcess(b, v, bench.NewStream(size, bench.Members), size, 0)
			})
		}
	}
}

// BenchmarkShape is BenchmarkHandler with bodies that are one long string.
func BenchmarkShape(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10} {
		for _, v := range bench.Receivers {
			b.Run(fmt.Sprintf("shape=text/size=%d/v=%s", size, v), func(b *testing.B) {
				inProcess(b, v, bench.NewStream(size, bench.Text), size, 0)
			})
		}
	}
}

// BenchmarkBody shows how a receiver's cost grows with the body.
func BenchmarkBody(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 256 << 10, 1 << 20, 10 << 20} {
		for _, v := range []bench.Receiver{bench.Bare, bench.Layers, bench.Typed} {
			b.Run(fmt.Sprintf("size=%d/v=%s", size, v), func(b *testing.B) {
				inProcess(b, v, bench.NewStream(size, bench.Members), size, 16<<20)
			})
		}
	}
}

// BenchmarkRefused is the cost of a request that is refused for its headers,
// beside that of the shortest answer.
func BenchmarkRefused(b *testing.B) {
	stream := bench.NewStream(1<<10, bench.Members)
	genuine := stream.Request()
	unsigned, stale := genuine.Clone(b.Context()), genuine.Clone(b.Context())
	unsigned.Header.Del("X-Linktree-Signature")
	stale.Header.Set("X-Linktree-Timestamp", "1700000000")
	for _, c := range []struct {
		why    string
		r      *http.Request
		status int
	}{
		{"unsigned", unsigned, http.StatusUnauthorized},
		{"stale", stale, http.StatusForbidden},
	} {
		answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Invalid signature", c.status)
		})
		for _, v := range []struct {
			name string
			h    http.Handler
		}{{"http.Error", answer}, {string(bench.Layers), handler(b, bench.Layers, 0)}} {
			b.Run(fmt.Sprintf("why=%s/v=%s", c.why, v.name), func(b *testing.B) {
				w := sink{header: make(http.Header, 8)}
				b.ReportAllocs()
				for b.Loop() {
					clear(w.header)
					v.h.ServeHTTP(&w, c.r)
				}
				if w.status != c.status {
					b.Fatalf("status %d, want %d", w.status, c.status)
				}
			})
		}
	}
}
