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
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A sink is the cheapest ResponseWriter that has what the server's has.
type sink struct {
	header http.Header
	status int
}

func (s *sink) WriteString(p string) (int, error) { return len(p), nil }
func (s *sink) SetReadDeadline(time.Time) error   { return nil }

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
	return d.signed(b, time.Now())
}

func (d deliveries) signed(b testing.TB, at time.Time) *http.Request {
	pad := strings.Repeat("x", max(0, d.size-120))
	body := fmt.Appendf(nil, `{"type":"link.created","data":{"link_id":"lnk_%08d","title":%q,"url":"https://shop.example","position":1}}`, d.made, pad)
	h := http.Header{"Content-Type": {"application/json"}}
	env := verify.Envelope{ID: "evt-" + strconv.Itoa(d.made), Time: at}
	if err := d.scheme.Sign(h, env, body); err != nil {
		b.Fatal(err)
	}
	return &http.Request{
		Method: http.MethodPost, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
}

var contentType = []string{"application/json"}

// handlers returns a bare handler, which reads the body and gives the answer
// that a receiver gives, and receivers with and without typed decoding.
func handlers(tb testing.TB, store idempotency.Store) (*verify.Scheme, map[string]http.Handler) {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		tb.Fatal(err)
	}
	hook := middleware.NewEndpoint("bench", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(context.Context, dispatch.Event[linktree.LinkCreatedData]) error {
		return nil
	}))
	silent := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return scheme, map[string]http.Handler{
		"bare": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.ReadAll(r.Body); err != nil {
				tb.Error(err)
			}
			w.Header()["Content-Type"] = contentType
			w.WriteHeader(http.StatusOK)
			io.WriteString(w, `{"received":true}`)
		}),
		"layers": linktree.Receiver(hook, scheme, store, silent, nil),
		"typed":  linktree.Receiver(hook, scheme, store, mux, nil),
	}
}

// BenchmarkReceiver is the whole way of a delivery in process, beside a bare
// handler.
func BenchmarkReceiver(b *testing.B) {
	for _, size := range []int{200, 1024, 16 << 10} {
		for _, v := range []string{"bare", "layers", "typed"} {
			b.Run(fmt.Sprintf("size=%d/v=%s", size, v), func(b *testing.B) {
				scheme, hs := handlers(b, lru.New(nil))
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

// BenchmarkRefused is what a request costs that is turned away for its headers.
func BenchmarkRefused(b *testing.B) {
	scheme, hs := handlers(b, lru.New(nil))
	stale := deliveries{scheme: scheme, size: 1024}.signed(b, time.Now().Add(-time.Hour))
	unsigned := stale.Clone(b.Context())
	unsigned.Header.Del("X-Linktree-Signature")
	for v, r := range map[string]*http.Request{"stale": stale, "unsigned": unsigned} {
		b.Run("v="+v, func(b *testing.B) {
			w := sink{header: make(http.Header, 4)}
			b.ReportAllocs()
			for b.Loop() {
				hs["layers"].ServeHTTP(&w, r)
			}
			if w.status/100 != 4 {
				b.Errorf("status %d", w.status)
			}
		})
	}
}
