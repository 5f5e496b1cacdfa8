package linktree_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// A sink is the cheapest ResponseWriter.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// deliveries makes requests that are all genuine and all different: one that
// came twice would take the short way of a duplicate.
type deliveries struct {
	scheme *verify.Scheme
	size   int
	made   int
}

func (d *deliveries) next(b testing.TB) *http.Request {
	d.made++
	pad := strings.Repeat("x", max(0, d.size-120))
	body := fmt.Appendf(nil, `{"type":"link.created","data":{"link_id":"lnk_%08d","title":%q,"url":"https://shop.example","position":1}}`, d.made, pad)
	h := http.Header{"Content-Type": {"application/json"}}
	env := verify.Envelope{ID: "evt-" + strconv.Itoa(d.made), Time: time.Now()}
	if err := d.scheme.Sign(h, env, body); err != nil {
		b.Fatal(err)
	}
	return &http.Request{
		Method: http.MethodPost, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
}

func handlers(tb testing.TB) (*verify.Scheme, map[string]http.Handler) {
	scheme, err := verify.Linktree("secret")
	if err != nil {
		tb.Fatal(err)
	}
	quiet := &linktree.Options{Options: middleware.Options{Logger: slog.New(slog.DiscardHandler)}}
	mux := &dispatch.Mux{Logger: quiet.Logger}
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(context.Context, dispatch.Event[linktree.LinkCreatedData]) error {
		return nil
	}))
	silent := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return scheme, map[string]http.Handler{
		"bare": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				tb.Error(err)
			}
			w.WriteHeader(http.StatusOK)
		}),
		"layers": linktree.Receiver(scheme, lru.New(nil), silent, quiet),
		"typed":  linktree.Receiver(scheme, lru.New(nil), mux, quiet),
	}
}

// BenchmarkReceiver is the whole way of a delivery in process, beside a handler
// that only reads the body.
func BenchmarkReceiver(b *testing.B) {
	for _, size := range []int{200, 1024, 16 << 10} {
		for _, v := range []string{"bare", "layers", "typed"} {
			b.Run(fmt.Sprintf("size=%d/v=%s", size, v), func(b *testing.B) {
				scheme, hs := handlers(b)
				d, h := deliveries{scheme: scheme, size: size}, hs[v]
				const batch = 256
				var requests [batch]*http.Request
				b.ReportAllocs()
				for i := 0; i < b.N; i++ {
					if i%batch == 0 {
						b.StopTimer()
						for j := range requests {
							requests[j] = d.next(b)
						}
						b.StartTimer()
					}
					w := sink{header: make(http.Header, 4)}
					h.ServeHTTP(&w, requests[i%batch])
					if w.status != http.StatusOK {
						b.Fatalf("status %d", w.status)
					}
				}
			})
		}
	}
}
