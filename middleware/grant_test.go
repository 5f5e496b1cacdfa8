package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestStoreContext: the store's calls see the request's values and their own
// deadline, and do not end with the request.
func TestStoreContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
		seen := &contextStore{Store: rig.store, seen: make(map[string]context.Context)}
		h := middleware.Chain(
			rig.ep.Capture(0, nil),
			rig.ep.Verify(rig.scheme),
			rig.ep.Once(seen, nil),
		)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), outerKey{}, "value"))
		cancel()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, rig.request("/", created()).WithContext(ctx))
		if w.Code != 200 {
			t.Errorf("status %d", w.Code)
		}
		for _, call := range []string{"claim", "complete"} {
			ctx := seen.seen[call]
			if ctx == nil || ctx.Value(outerKey{}) != "value" {
				t.Errorf("%s: the context lacks the request's values", call)
				continue
			}
			if end, ok := ctx.Deadline(); !ok || time.Until(end) != middleware.DefaultStoreTimeout {
				t.Errorf("%s: deadline %v, %v", call, end, ok)
			}
			if <-ctx.Done(); !errors.Is(ctx.Err(), context.Canceled) {
				t.Errorf("%s: the context's end after the call is %v", call, ctx.Err())
			}
		}
	})
}

// A contextStore keeps the contexts of its calls.
type contextStore struct {
	idempotency.Store
	seen map[string]context.Context
}

func (s *contextStore) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	s.seen["claim"] = ctx
	return s.Store.Claim(ctx, r)
}

func (s *contextStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	s.seen["complete"] = ctx
	return s.Store.Complete(ctx, key, fence, retain)
}
