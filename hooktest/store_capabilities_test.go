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

type transactingBinding struct {
	binding
	transacting transacting
}

func (s *transactingBinding) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	return s.transacting.Begin(ctx, key, fence, retain)
}

func TestStoreIsWhatItsInnerIs(t *testing.T) {
	for _, tt := range []struct {
		inner         idempotency.Store
		binds, begins bool
	}{
		{&plain{}, false, false},
		{&binding{}, true, false},
		{&transacting{}, false, true},
		{&transactingBinding{}, true, true},
	} {
		s, faults := hooktest.NewStore(tt.inner)
		b, binds := s.(idempotency.ReplayGuard)
		tr, begins := s.(idempotency.Transactor)
		if binds != tt.binds || begins != tt.begins {
			t.Errorf("over a %T: ReplayGuard %v, Transactor %v, want %v, %v", tt.inner, binds, begins, tt.binds, tt.begins)
			continue
		}
		faults.Set(hooktest.Fault{Err: errDown})
		if binds {
			if _, err := b.Bind(t.Context(), [32]byte{4}, request.Key, time.Minute); err != errDown {
				t.Errorf("over a %T: Bind: got %v, want the fault", tt.inner, err)
			}
		}
		if begins {
			if _, _, err := tr.Begin(t.Context(), request.Key, 7, time.Hour); err != errDown {
				t.Errorf("over a %T: Begin: got %v, want the fault", tt.inner, err)
			}
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
