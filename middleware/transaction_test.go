package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
)

// A txStore is a store with transactions, of which it keeps a record.
type txStore struct {
	idempotency.Store
	beginErr, commitErr error
	unused              bool // the handler does not ask for the transaction
	passes              bool // Complete is the inner store's
	record              []string
}

type txKey struct{}

func (s *txStore) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	s.record = append(s.record, "begin")
	if s.beginErr == errPanic {
		panic(errDown)
	}
	if s.beginErr != nil {
		return nil, nil, s.beginErr
	}
	return context.WithValue(ctx, txKey{}, "the transaction"), &tx{s, key, fence, retain}, nil
}

func (s *txStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if s.passes {
		return s.Store.Complete(ctx, key, fence, retain)
	}
	s.record = append(s.record, "complete")
	return nil
}

func (s *txStore) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	s.record = append(s.record, "release")
	return s.Store.Release(ctx, key, fence)
}

type tx struct {
	s      *txStore
	key    idempotency.Key
	fence  uint64
	retain time.Duration
}

func (t *tx) Used() bool { return !t.s.unused }

func (t *tx) Commit(ctx context.Context) error {
	t.s.record = append(t.s.record, "commit")
	if t.s.commitErr != nil {
		return t.s.commitErr
	}
	return t.s.Store.Complete(ctx, t.key, t.fence, t.retain)
}

func (t *tx) Rollback(context.Context) error {
	t.s.record = append(t.s.record, "rollback")
	return nil
}

// TestTransactor: where the store has transactions, the mark goes with the
// handler's writes, and the layer does not make another.
func TestTransactor(t *testing.T) {
	for _, tt := range []struct {
		name                string
		beginErr, commitErr error
		status              int // that the handler writes; 0: it panics
		want                int
		record              []string
	}{
		{"success", nil, nil, 200, 200, []string{"begin", "commit"}},
		{"failure", nil, nil, 500, 500, []string{"begin", "rollback", "release"}},
		{"panic", nil, nil, 0, 500, []string{"begin", "rollback", "release"}},
		{"begin fails", errDown, nil, 200, 503, []string{"begin", "release"}},
		{"begin panics", errPanic, nil, 200, 503, []string{"begin", "release"}},
		{"commit fails", nil, errDown, 200, 503, []string{"begin", "commit", "release"}},
		{"claim lost", nil, idempotency.ErrLost, 200, 503, []string{"begin", "commit"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &txStore{Store: lru.New(nil), beginErr: tt.beginErr, commitErr: tt.commitErr}
			scheme, ep := newScheme(t), newEndpoint()
			h := middleware.Chain(
				ep.Capture(0, nil),
				ep.Verify(scheme),
				ep.Once(store, nil),
			)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Context().Value(txKey{}) == nil {
					t.Error("the handler has no transaction")
				}
				if tt.status == 0 {
					panic(errDown)
				}
				w.WriteHeader(tt.status)
			}))
			w, ev := httptest.NewRecorder(), created()
			w.Code = 0
			func() {
				defer func() {
					if v := recover(); v != nil && !errors.Is(v.(error), errDown) {
						panic(v)
					}
				}()
				h.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, ev))
			}()
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
			if !slices.Equal(store.record, tt.record) {
				t.Errorf("the store was told %q, want %q", store.record, tt.record)
			}
			if tt.want != 503 && tt.beginErr == nil || tt.commitErr == idempotency.ErrLost {
				return
			}
			// The retry is not kept waiting for the lease.
			store.beginErr, store.commitErr, tt.status = nil, nil, 200
			w = httptest.NewRecorder()
			h.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, ev))
			if w.Code != 200 {
				t.Errorf("the retry's status is %d, want 200", w.Code)
			}
		})
	}
}

// TestTransactorUnused: a handler that does not ask for the transaction is
// completed as in any store, and later if need be.
func TestTransactorUnused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, faults := hooktest.NewStore(lru.New(nil))
		store := &txStore{Store: inner, unused: true, passes: true}
		scheme, ep := newScheme(t), newEndpoint()
		runs := 0
		h := middleware.Chain(
			ep.Capture(0, nil),
			ep.Verify(scheme),
			ep.Once(store, nil),
		)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runs++ }))
		faults.Set(hooktest.Fault{Err: errDown, Times: 2}, hooktest.Complete)
		ev := created()
		for _, want := range []int{503, 200} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, ev))
			if w.Code != want {
				t.Errorf("status %d, want %d", w.Code, want)
			}
			time.Sleep(10 * time.Second)
		}
		if want := []string{"begin", "rollback"}; runs != 1 || !slices.Equal(store.record, want) {
			t.Errorf("%d runs and %q, want 1 and %q", runs, store.record, want)
		}
	})
}
