package hooktest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
)

// A transacting store has transactions that note their calls.
type transacting struct{ plain }

type (
	begin      struct{ Fence uint64 }
	commit     struct{}
	rollback   struct{}
	contextKey struct{}
)

var errRollback = errors.New("inner Rollback")

func (s *transacting) Begin(ctx context.Context, _ idempotency.Key, fence uint64, _ time.Duration) (context.Context, idempotency.Tx, error) {
	s.note(begin{fence})
	return context.WithValue(ctx, contextKey{}, "tx"), s, nil
}

func (s *transacting) Used() bool                     { return true }
func (s *transacting) Commit(context.Context) error   { s.note(commit{}); return nil }
func (s *transacting) Rollback(context.Context) error { s.note(rollback{}); return errRollback }

func TestStoreIsWhatItsInnerIs(t *testing.T) {
	type (
		store = idempotency.Store
		guard = idempotency.ReplayGuard
		forg  = idempotency.Forgetter
		trans = idempotency.Transactor
	)
	s, g, tr := &plain{}, &binding{}, &transacting{}
	checkCapabilities(t, s, false, false, false)
	checkCapabilities(t, struct {
		store
		guard
	}{s, g}, true, false, false)
	checkCapabilities(t, struct {
		store
		forg
	}{s, g}, false, true, false)
	checkCapabilities(t, struct {
		store
		trans
	}{s, tr}, false, false, true)
	checkCapabilities(t, struct {
		store
		guard
		forg
	}{s, g, g}, true, true, false)
	checkCapabilities(t, struct {
		store
		guard
		trans
	}{s, g, tr}, true, false, true)
	checkCapabilities(t, struct {
		store
		forg
		trans
	}{s, g, tr}, false, true, true)
	checkCapabilities(t, struct {
		store
		guard
		forg
		trans
	}{s, g, g, tr}, true, true, true)
}

func checkCapabilities(t *testing.T, inner idempotency.Store, wantGuard, wantForgetter, wantTransactor bool) {
	t.Helper()
	s, faults := hooktest.NewStore(inner)
	g, guards := s.(idempotency.ReplayGuard)
	f, forgets := s.(idempotency.Forgetter)
	tr, begins := s.(idempotency.Transactor)
	if guards != wantGuard || forgets != wantForgetter || begins != wantTransactor {
		t.Errorf("over a %T: ReplayGuard %v, Forgetter %v, Transactor %v, want %v, %v, %v",
			inner, guards, forgets, begins, wantGuard, wantForgetter, wantTransactor)
		return
	}
	faults.Set(hooktest.Fault{Err: errDown})
	if guards {
		if _, err := g.Bind(t.Context(), [32]byte{4}, request.Key, time.Minute); err != errDown {
			t.Errorf("over a %T: Bind: got %v, want the fault", inner, err)
		}
	}
	if forgets {
		if _, err := f.Forget(t.Context(), request.Key); err != errDown {
			t.Errorf("over a %T: Forget: got %v, want the fault", inner, err)
		}
	}
	if begins {
		if _, _, err := tr.Begin(t.Context(), request.Key, 7, time.Hour); err != errDown {
			t.Errorf("over a %T: Begin: got %v, want the fault", inner, err)
		}
	}
}

func TestStoreTransactionFaults(t *testing.T) {
	for _, tt := range []struct {
		name                    string
		fault                   hooktest.Fault
		of                      hooktest.Method
		begin, commit, rollback error
		reached                 []any
	}{
		{"none", hooktest.Fault{}, hooktest.Begin, nil, nil, errRollback, []any{begin{7}, commit{}, rollback{}}},
		{"begin", hooktest.Fault{Err: errDown}, hooktest.Begin, errDown, nil, nil, nil},
		{"begin unheard", hooktest.Fault{Err: errDown, After: true}, hooktest.Begin, errDown, nil, nil, []any{begin{7}}},
		{"commit", hooktest.Fault{Err: errDown}, hooktest.Commit, nil, errDown, errRollback, []any{begin{7}, rollback{}}},
		{"commit unheard", hooktest.Fault{Err: errDown, After: true}, hooktest.Commit, nil, errDown, errRollback, []any{begin{7}, commit{}, rollback{}}},
		{"rollback", hooktest.Fault{Err: errDown}, hooktest.Rollback, nil, nil, errDown, []any{begin{7}, commit{}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inner := &transacting{}
			s, faults := hooktest.NewStore(inner)
			faults.Set(tt.fault, tt.of)
			ctx, tx, err := s.(idempotency.Transactor).Begin(t.Context(), request.Key, 7, time.Hour)
			if err != tt.begin {
				t.Errorf("Begin: got %v, want %v", err, tt.begin)
			}
			if err == nil {
				if ctx.Value(contextKey{}) != "tx" {
					t.Error("Begin does not return the inner store's context")
				}
				if err := tx.Commit(ctx); err != tt.commit {
					t.Errorf("Commit: got %v, want %v", err, tt.commit)
				}
				if err := tx.Rollback(ctx); err != tt.rollback {
					t.Errorf("Rollback: got %v, want %v", err, tt.rollback)
				}
			}
			if diff := cmp.Diff(tt.reached, inner.calls); diff != "" {
				t.Errorf("calls that reached the store: %s", diff)
			}
		})
	}
}
