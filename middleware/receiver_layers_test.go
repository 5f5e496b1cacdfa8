package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestReceiverPlaces: the layers of BeforeAccept see everything, as it came,
// those of AfterVerify nothing but what is genuine, and both in their order.
func TestReceiverPlaces(t *testing.T) {
	var seen []string
	layer := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if d, ok := hooklatch.FromContext(r.Context()); ok {
					seen = append(seen, name+"("+d.Provider+")")
				} else {
					seen = append(seen, name)
				}
				next.ServeHTTP(w, r)
			})
		}
	}
	ep, scheme := newEndpoint(), newScheme(t)
	h := ep.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		seen = append(seen, "handler")
	}), &middleware.ReceiverOptions{
		BeforeAccept: []func(http.Handler) http.Handler{layer("a"), layer("b")},
		AfterVerify:  []func(http.Handler) http.Handler{layer("c"), layer("d")},
	})
	ev := created()
	for _, tt := range []struct {
		name string
		r    *http.Request
		want int
		seen string
	}{
		{"genuine", hooktest.NewRequest(t, "/", scheme, ev), 200, "a b c(linktree) d(linktree) handler"},
		{"duplicate", hooktest.NewRequest(t, "/", scheme, ev), 200, "a b c(linktree) d(linktree)"},
		{"tampered", hooktest.Tampered(t, "/", scheme, created()), 403, "a b"},
		{"unsigned", hooktest.Unsigned(t, "/", scheme, created()), 401, "a b"},
		{"GET", httptest.NewRequest(http.MethodGet, "/", nil), 405, "a b"},
		{"OPTIONS", httptest.NewRequest(http.MethodOptions, "/", nil), 405, "a b"},
		{"HEAD", httptest.NewRequest(http.MethodHead, "/", nil), 200, "a b"},
	} {
		seen = nil
		if got := serveDirectly(h, tt.r); got.status != tt.want || strings.Join(seen, " ") != tt.seen {
			t.Errorf("%s: status %d, layers %q; want %d, %q", tt.name, got.status, seen, tt.want, tt.seen)
		}
	}
}

// TestReceiverPlaceEnds: a layer in either place may end the request, and
// neither store nor handler learn of it.
func TestReceiverPlaceEnds(t *testing.T) {
	ends := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	}
	scheme := newScheme(t)
	for name, o := range map[string]*middleware.ReceiverOptions{
		"BeforeAccept": {BeforeAccept: []func(http.Handler) http.Handler{ends}},
		"AfterVerify":  {AfterVerify: []func(http.Handler) http.Handler{ends}},
	} {
		store, faults := hooktest.NewStore(lru.New(nil))
		h := newEndpoint().Receiver(scheme, store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%s: the handler ran", name)
		}), o)
		serveDirectly(h, hooktest.NewRequest(t, "/", scheme, created())).want(t, http.StatusTeapot, "")
		if n := faults.Calls(hooktest.Claim); n != 0 {
			t.Errorf("%s: %d claims, want none", name, n)
		}
	}
	mustPanic(t, "a nil layer before Accept", func() {
		newEndpoint().Layers(scheme, lru.New(nil), &middleware.ReceiverOptions{BeforeAccept: []func(http.Handler) http.Handler{nil}})
	})
	mustPanic(t, "a nil layer after Verify", func() {
		newEndpoint().Layers(scheme, lru.New(nil), &middleware.ReceiverOptions{AfterVerify: []func(http.Handler) http.Handler{nil}})
	})
}
