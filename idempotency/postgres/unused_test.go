//go:build unix

package postgres_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
)

// receiverOf has a handler behind the layers, with a budget for the store's
// calls.
func receiverOf(s *postgres.Store, h http.HandlerFunc, budget time.Duration) http.Handler {
	return linktree.Receiver(newHook(), newScheme(), s, h, &middleware.ReceiverOptions{
		Once: &middleware.OnceOptions{StoreTimeout: budget},
	})
}

// TestUnusedIsCompletedLate: a handler that has not asked for the transaction
// has taken effect elsewhere. If the mark can't be made in time it is made
// later; the delivery is not released.
func TestUnusedIsCompletedLate(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	var effects atomic.Int64
	srv := httptest.NewServer(receiverOf(s, func(http.ResponseWriter, *http.Request) {
		if effects.Add(1) > 1 {
			return
		}
		tx, err := pool.Begin(t.Context())
		if err == nil {
			_, err = tx.Exec(t.Context(), "LOCK TABLE "+schema+".hooklatch_test_claims IN ACCESS EXCLUSIVE MODE")
		}
		if err != nil {
			t.Error(err)
			return
		}
		// Longer than the store's budget.
		time.AfterFunc(1500*time.Millisecond, func() { tx.Rollback(t.Context()) })
	}, time.Second))
	defer srv.Close()
	client, ev := newClient(), newEvents(1)[0]
	if status := post(t.Context(), client, srv.URL, ev); status != 503 {
		t.Errorf("status %d while the store can't be told, want 503", status)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if number(t, pool, "SELECT count(*) FROM "+schema+".hooklatch_test_claims WHERE state = 3") == 1 {
			break
		}
	}
	if status := post(t.Context(), client, srv.URL, ev); status != 200 || effects.Load() != 1 {
		t.Errorf("status %d and %d effects, want 200 and 1", status, effects.Load())
	}
}

// TestTxOrCompleteTx: only one transaction can hold the mark.
func TestTxOrCompleteTx(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, _ := newStore(t, pool, postgres.Options{})
	for _, txFirst := range []bool{true, false} {
		srv := httptest.NewServer(receiverOf(s, func(w http.ResponseWriter, r *http.Request) {
			own, err := pool.Begin(r.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Rollback(r.Context())
			var first, second error
			if txFirst {
				_, first = postgres.Tx(r.Context())
				second = postgres.CompleteTx(r.Context(), own)
			} else {
				first = postgres.CompleteTx(r.Context(), own)
				_, second = postgres.Tx(r.Context())
			}
			if first != nil || second == nil {
				t.Errorf("Tx first %v: errors %v, then %v; want the second only", txFirst, first, second)
			}
			w.WriteHeader(500)
		}, 5*time.Second))
		post(t.Context(), newClient(), srv.URL, newEvents(1)[0])
		srv.Close()
	}
}

// TestTxEndsWithTheHandler: a goroutine that the handler has left behind waits
// for a connection in vain, and holds no answer up.
func TestTxEndsWithTheHandler(t *testing.T) {
	server := testserver.SharedPostgres(t)
	pool := newPool(t, dsn(server), nil)
	handlers := newPool(t, dsn(server), func(c *pgxpool.Config) { c.MaxConns = 1 })
	s, _ := newStore(t, pool, postgres.Options{Handlers: handlers})
	conn, err := handlers.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	left := make(chan error, 1)
	srv := httptest.NewServer(receiverOf(s, func(_ http.ResponseWriter, r *http.Request) {
		ctx := context.WithoutCancel(r.Context())
		go func() {
			_, err := postgres.Tx(ctx)
			left <- err
		}()
		time.Sleep(50 * time.Millisecond) // it should be waiting by then
	}, 5*time.Second))
	defer srv.Close()
	if status := post(t.Context(), newClient(), srv.URL, newEvents(1)[0]); status != 200 {
		t.Errorf("status %d, want 200", status)
	}
	if err := <-left; err == nil {
		t.Error("the goroutine has a transaction of a delivery that is over")
	}
}
