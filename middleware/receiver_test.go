package middleware_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

func TestChainOrder(t *testing.T) {
	var order []string
	layer := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	h := middleware.Chain(layer("a"), middleware.Chain(), layer("b"))(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { order = append(order, "handler") }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if got := strings.Join(order, " "); got != "a b handler" {
		t.Errorf("order %q, want a b handler", got)
	}
	mustPanic(t, "nil layer", func() { middleware.Chain(layer("a"), nil) })
}

// TestNilAtConstruction: the program learns what is missing when it starts, not with
// the first delivery.
func TestNilAtConstruction(t *testing.T) {
	ep, scheme, store := newEndpoint(), newScheme(t), lru.New(nil)
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	lookup := func(context.Context, string) (verify.Verifier, error) { return scheme, nil }
	var (
		noScheme *verify.Scheme
		noStore  *lru.Store
		noFunc   http.HandlerFunc
	)
	for name, layer := range map[string]func(http.Handler) http.Handler{
		"Chain": middleware.Chain(), "Chain of layers": middleware.Chain(ep.Accept(nil)), "Accept": ep.Accept(scheme),
		"Capture": ep.Capture(0, nil), "Verify": ep.Verify(scheme), "VerifyFor": ep.VerifyFor(middleware.PathValue("x"), lookup),
		"Limit": ep.Limit(1), "Once": ep.Once(store, nil), "Layers": ep.Layers(scheme, store, nil),
	} {
		mustPanic(t, name+" of no handler", func() { layer(nil) })
		mustPanic(t, name+" of a nil function", func() { layer(noFunc) })
		layer(h)
	}
	for name, f := range map[string]func(){
		"Accept of a nil scheme":   func() { ep.Accept(noScheme) },
		"Verify of no verifier":    func() { ep.Verify(nil) },
		"Verify of a nil scheme":   func() { ep.Verify(noScheme) },
		"Once of no store":         func() { ep.Once(nil, nil) },
		"Once of a nil store":      func() { ep.Once(noStore, nil) },
		"Receiver of no verifier":  func() { ep.Receiver(nil, store, h, nil) },
		"Receiver of a nil scheme": func() { ep.Receiver(noScheme, store, h, nil) },
		"Receiver of no store":     func() { ep.Receiver(scheme, nil, h, nil) },
		"Receiver of a nil store":  func() { ep.Receiver(scheme, noStore, h, nil) },
		"Receiver of no handler":   func() { ep.Receiver(scheme, store, nil, nil) },
		"Receiver of a nil func":   func() { ep.Receiver(scheme, store, noFunc, nil) },
		"a budget of nothing":      func() { middleware.NewBudget(0) },
	} {
		mustPanic(t, name, f)
	}
	ep.Receiver(scheme, store, h, nil)
}

// TestReceiverOptions: each setting reaches its layer.
func TestReceiverOptions(t *testing.T) { synctest.Test(t, testReceiverOptions) }

func testReceiverOptions(t *testing.T) {
	enter, leave := make(chan struct{}), make(chan struct{})
	ep, scheme := newEndpoint(), newScheme(t)
	h := ep.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		enter <- struct{}{}
		<-leave
	}), &middleware.ReceiverOptions{
		BodyLimit: 500, BodyTimeout: time.Millisecond, MaxInHand: 1,
		Once: &middleware.OnceOptions{ID: func(d *hooklatch.Delivery) string { return "the only" }},
	})
	post := func(ev hooktest.Event) answer { return serveDirectly(h, hooktest.NewRequest(t, "/", scheme, ev)) }

	first := make(chan answer, 1)
	go func() { first <- post(created()) }()
	<-enter
	post(created()).want(t, 503, "Try again later") // MaxInHand
	close(leave)
	(<-first).want(t, 200, received)
	post(created()).want(t, 200, duplicate) // Once.ID
	post(hooktest.NewEvent("link.created", strings.Repeat("x", 500))).want(t, 413, "Body too large")
	slow := hooktest.NewRequest(t, "/", scheme, created())
	slow.Body = io.NopCloser(io.MultiReader(slow.Body, slowReader{}))
	slow.ContentLength = -1
	serveDirectly(h, slow).want(t, 408, "Body too slow")
}

// A slowReader returns a byte every few milliseconds, without end.
type slowReader struct{}

func (slowReader) Read(p []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return copy(p, " "), nil
}
