package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
)

// A txStore is a store with transactions that records its calls.
type txStore struct {
	idempotency.Store
	beginErr, commitErr, rollbackErr error

	unused bool // the handler does not ask for the transaction
	broken bool // Used panics
	passes bool // Complete is the inner store's
	record []string
}

type txKey struct{}

func (s *txStore) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	s.record = append(s.record, "begin")
	if s.beginErr == errPanic {
		panic(errDown)
	}
	if s.beginErr != nil {
		return nil, nil, panicked(s.beginErr)
	}
	return context.WithValue(ctx, txKey{}, "the transaction"), &tx{s, key, fence, retain}, nil
}

func (s *txStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if s.passes {
		return s.Store.Complete(ctx, key, fence, retain)
	}
	s.record = append(s.record, "complete")
	return s.Store.Complete(ctx, key, fence, retain)
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

func (t *tx) Used() bool {
	if t.s.broken {
		panic(errDown)
	}
	return !t.s.unused
}

func (t *tx) Commit(ctx context.Context) error {
	t.s.record = append(t.s.record, "commit")
	if t.s.commitErr != nil {
		return t.s.commitErr
	}
	return t.s.Store.Complete(ctx, t.key, t.fence, t.retain)
}

func (t *tx) Rollback(context.Context) error {
	t.s.record = append(t.s.record, "rollback")
	return t.s.rollbackErr
}

// TestTransactor: where the store has transactions, the mark commits with the
// handler's writes, and the layer makes no other.
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
		{"handler's fault", nil, fmt.Errorf("commit: %w", idempotency.ErrHandlerTx), 200, 500, []string{"begin", "commit", "release"}},
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

// TestTransactorUnused: the claim of a handler that does not use the transaction is
// completed as in any store, late if need be.
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

// TestDeadLetterInTransaction: a dead letter leaves nothing of the failed handler's
// transaction behind. The hook runs after the rollback, outside of the transaction,
// and the delivery is acknowledged after that.
func TestDeadLetterInTransaction(t *testing.T) {
	errHook := errors.New("the hook's own error")
	for _, tt := range []struct {
		name     string
		hook     func() error
		unused   bool
		rollback error
		status   int
		result   middleware.Result
		errs     []error
		record   []string
	}{
		{"taken", func() error { return nil }, false, nil, 200, middleware.DeadLettered, []error{errHandler}, []string{"begin", "rollback", "hook", "complete"}},
		{"taken, transaction unused", func() error { return nil }, true, nil, 200, middleware.DeadLettered, []error{errHandler}, []string{"begin", "rollback", "hook", "complete"}},
		{"fails", func() error { return errHook }, false, nil, 500, middleware.Failed, []error{errHandler, errHook}, []string{"begin", "rollback", "hook", "release"}},
		{"panics", func() error { panic(errHook) }, false, nil, 500, middleware.Failed, []error{errHandler, errHook}, []string{"begin", "rollback", "hook", "release"}},
		{"exits", func() error { runtime.Goexit(); return nil }, false, nil, 500, middleware.Failed, nil, []string{"begin", "rollback", "hook", "release"}},
		{"rollback fails", func() error { return nil }, false, errDown, 500, middleware.Failed, []error{errHandler, errDown}, []string{"begin", "rollback", "release"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rig := newRig(t, nil, middleware.OnceOptions{})
			store := &txStore{Store: rig.store, unused: tt.unused, rollbackErr: tt.rollback}
			mux := &dispatch.Mux{Logger: rig.logger(), DeadLetter: func(ctx context.Context, d *hooklatch.Delivery, err error) error {
				store.record = append(store.record, "hook")
				if ctx.Value(txKey{}) != nil || ctx.Err() != nil || !errors.Is(err, errHandler) || d.Endpoint != "test" {
					t.Errorf("the hook has the transaction %v, a context with %v, the error %v and the delivery %v", ctx.Value(txKey{}), ctx.Err(), err, d)
				}
				return tt.hook()
			}}
			mux.Handle("link.created", dispatch.HandlerFunc(func(ctx context.Context, _ *hooklatch.Delivery) error {
				if ctx.Value(txKey{}) == nil {
					t.Error("the handler has no transaction")
				}
				return dispatch.Permanent(errHandler)
			}))
			rig.h = rig.ep.Receiver(rig.scheme, store, mux, nil)
			w, ev, done := httptest.NewRecorder(), created(), make(chan struct{})
			go func() {
				defer close(done)
				rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, ev))
			}()
			<-done
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			if !slices.Equal(store.record, tt.record) {
				t.Errorf("what happened: %q, want %q", store.record, tt.record)
			}
			rig.wantResults(tt.result)
			for _, want := range tt.errs {
				if !errors.Is(rig.last().Err, want) {
					t.Errorf("the outcome's error is %v, want %v", rig.last().Err, want)
				}
			}
			if n := strings.Count(rig.logged(), "level="); n != 1 {
				t.Errorf("the log has %d lines:\n%s", n, rig.logged())
			}
			// The retry shows what the store remembers.
			store.rollbackErr, tt.hook = nil, func() error { return nil }
			want := received
			if tt.status == 200 {
				want = duplicate
			}
			rig.post(ev).want(t, 200, want)
		})
	}
}

// TestDeadLetterOnceContextIsDone: an attempt that has lost its claim leaves the
// dead letter to the new holder.
func TestDeadLetterOnceContextIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Second)
			w.WriteHeader(200) // as a router does that has handed it over
			hooklatch.ReporterFrom(r.Context()).DeadLetter(errHandler, func(context.Context) error {
				t.Error("the hook was called")
				return nil
			})
		}, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: idempotency.ErrLost}, hooktest.Extend)
		rig.post(created()).want(t, 500, "Internal server error")
		if err := rig.last().Err; !errors.Is(err, errHandler) || !errors.Is(err, idempotency.ErrLost) {
			t.Errorf("the outcome's error is %v", err)
		}
	})
}

// TestSeveralDeadLetters: the hooks of all routers run.
func TestSeveralDeadLetters(t *testing.T) {
	errSecond := errors.New("the second's own error")
	for _, fails := range []bool{false, true} {
		var taken []string
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			reporter := hooklatch.ReporterFrom(r.Context())
			for name, err := range map[string]error{"first": errHandler, "second": errSecond} {
				reporter.DeadLetter(err, func(context.Context) error {
					taken = append(taken, name)
					if fails && name == "second" {
						return errDown
					}
					return nil
				})
			}
			reporter.Report(hooklatch.UnknownType, nil) // a third router
		}, middleware.OnceOptions{})
		rig.post(created())
		if len(taken) != 2 {
			t.Errorf("%q were taken, want both", taken)
		}
		result := middleware.DeadLettered
		if fails {
			result = middleware.Failed
		}
		rig.wantResults(result)
		if err := rig.last().Err; !errors.Is(err, errHandler) || !errors.Is(err, errSecond) {
			t.Errorf("the outcome's error is %v, want both", err)
		}
	}
}

// TestFailedHandlerHasNoDeadLetter: a handler that fails after it has handed over a
// hook has failed. The retry decides anew.
func TestFailedHandlerHasNoDeadLetter(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
		hooklatch.ReporterFrom(r.Context()).DeadLetter(errHandler, func(context.Context) error {
			t.Error("the hook was called")
			return nil
		})
		w.WriteHeader(500)
	}, middleware.OnceOptions{})
	rig.post(created()).want(t, 500, "")
	rig.wantResults(middleware.Failed)
}
