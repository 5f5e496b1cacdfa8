//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
)

// TestCompleteTx: the handler has a transaction of its own, and ends it in one
// way or another before it returns; then the layer commits.
func TestCompleteTx(t *testing.T) {
	for _, tt := range []struct {
		name    string
		end     string // of the handler's transaction
		commits bool
		effects int64
		state   idempotency.State
	}{
		{"committed", "COMMIT", true, 1, idempotency.Done},
		{"rolled back", "ROLLBACK", false, 0, idempotency.InFlight},
		{"left open", "", false, 0, idempotency.InFlight},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newTxRig(t, postgres.Options{})
			tx, err := r.pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(context.Background())
			r.write(tx)
			if err := postgres.CompleteTx(r.ctx, tx); err != nil {
				t.Fatal(err)
			}
			switch tt.end {
			case "COMMIT":
				err = tx.Commit(r.ctx)
			case "ROLLBACK":
				err = tx.Rollback(r.ctx)
			}
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if err := r.tx.Commit(ctx); ctx.Err() != nil || (err == nil) != tt.commits || errors.Is(err, idempotency.ErrLost) {
				t.Errorf("Commit: got %v", err)
			}
			_ = tx.Rollback(context.Background()) // the one that was left open
			r.wantEnd(tt.effects, tt.state)
			if err := postgres.CompleteTx(r.ctx, tx); err == nil {
				t.Error("CompleteTx after the end: got no error")
			}
		})
	}
}

// TestCompleteTxAgain: a transaction fails to commit, and a second one is made.
func TestCompleteTxAgain(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	for _, last := range []bool{false, true} {
		tx, err := r.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.write(tx)
		if err := postgres.CompleteTx(r.ctx, tx); err != nil {
			t.Fatal(err)
		}
		if last {
			err = tx.Commit(r.ctx)
		} else {
			err = tx.Rollback(r.ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r.commit(nil)
	r.wantEnd(1, idempotency.Done)
}

func TestCompleteTxLost(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	if err := r.store.Release(t.Context(), r.req.Key, r.fence); err != nil {
		t.Fatal(err)
	}
	claim(t, r.store, request("1", time.Hour), idempotency.Granted)
	tx, err := r.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	r.write(tx)
	if err := postgres.CompleteTx(r.ctx, tx); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("CompleteTx: got %v, want ErrLost", err)
	}
	if err := tx.Rollback(r.ctx); err != nil {
		t.Fatal(err)
	}
	r.commit(idempotency.ErrLost)
	r.wantEnd(0, idempotency.InFlight)
}

// TestStoreCompleteTx is for callers without the Once layer.
func TestStoreCompleteTx(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	tx, err := r.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	r.write(tx)
	if err := r.store.CompleteTx(t.Context(), tx, r.req.Key, r.fence, 0); err == nil {
		t.Error("CompleteTx with no retention: got no error")
	}
	if err := r.store.CompleteTx(t.Context(), tx, r.req.Key, r.fence+1, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("CompleteTx under another fence: got %v, want ErrLost", err)
	}
	if err := r.store.CompleteTx(t.Context(), tx, r.req.Key, r.fence, time.Hour); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.wantEnd(1, idempotency.Done)
}
