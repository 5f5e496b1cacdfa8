//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// A txRig is a store, a table for effects and a claim that was granted, with
// what the Once layer makes of it.
type txRig struct {
	*testing.T
	pool   *pgxpool.Pool
	store  *postgres.Store
	schema string
	table  string // of the effects, in the schema
	req    idempotency.Request
	fence  uint64
	ctx    context.Context
	tx     idempotency.Tx
}

func newTxRig(t *testing.T, o postgres.Options) *txRig {
	t.Helper()
	r := &txRig{T: t, pool: newPool(t, dsn(testserver.SharedPostgres(t)), nil)}
	r.store, r.schema = newStore(t, r.pool, o)
	r.table = r.schema + ".effects"
	run(t, r.pool, "CREATE TABLE "+r.table+" (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
	r.req = request("1", time.Hour)
	r.fence = claim(t, r.store, r.req, idempotency.Granted).Fence
	r.begin(t.Context())
	return r
}

func (r *txRig) begin(ctx context.Context) {
	r.Helper()
	var err error
	if r.ctx, r.tx, err = r.store.Begin(ctx, r.req.Key, r.fence, time.Hour); err != nil {
		r.Fatal(err)
	}
}

// open is the handler's call.
func (r *txRig) open() pgx.Tx {
	r.Helper()
	tx, err := postgres.Tx(r.ctx)
	if err != nil {
		r.Fatal(err)
	}
	return tx
}

func (r *txRig) write(tx pgx.Tx) {
	r.Helper()
	if _, err := tx.Exec(r.ctx, "INSERT INTO "+r.table+" VALUES (1)"); err != nil {
		r.Fatal(err)
	}
}

// commit is the layer's call.
func (r *txRig) commit(want error) {
	r.Helper()
	if err := r.tx.Commit(context.Background()); !errors.Is(err, want) {
		r.Errorf("Commit: got %v, want %v", err, want)
	}
}

// wantEnd checks what is left in the end: the effects, the claim's state, and
// all connections in the pool.
func (r *txRig) wantEnd(effects int64, state idempotency.State) {
	r.Helper()
	idle(r, r.pool)
	if n := number(r, r.pool, "SELECT count(*) FROM "+r.table); n != effects {
		r.Errorf("%d effects, want %d", n, effects)
	}
	claim(r, r.store, request("1", time.Hour), state)
}

func TestTxCommits(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	tx := r.open()
	r.write(tx)
	if n := number(t, r.pool, "SELECT count(*) FROM "+r.table); n != 0 {
		t.Errorf("%d effects are seen before the commit", n)
	}
	claim(t, r.store, request("1", time.Hour), idempotency.InFlight)
	if again := r.open(); again != tx {
		t.Error("the second call returns another transaction")
	}
	r.commit(nil)
	r.wantEnd(1, idempotency.Done)
	if _, err := postgres.Tx(r.ctx); err == nil {
		t.Error("Tx after the end: got no error")
	}
	if r.ctx.Err() == nil {
		t.Error("the handler's context outlives its transaction")
	}
}

func TestTxUnusedCostsNothing(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	before := r.pool.Stat().AcquireCount()
	r.begin(t.Context())
	if err := r.tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	r.begin(t.Context())
	if n := r.pool.Stat().AcquireCount() - before; n != 0 {
		t.Errorf("%d connections were taken", n)
	}
	r.commit(nil)
	r.wantEnd(0, idempotency.Done)
}

func TestTxLost(t *testing.T) {
	for _, opened := range []bool{false, true} {
		r := newTxRig(t, postgres.Options{})
		if opened {
			r.write(r.open())
		}
		if err := r.store.Release(t.Context(), r.req.Key, r.fence); err != nil {
			t.Fatal(err)
		}
		claim(t, r.store, request("1", time.Hour), idempotency.Granted)
		r.commit(idempotency.ErrLost)
		r.wantEnd(0, idempotency.InFlight)
	}
}

// TestTxAfterRenewal: a renewal of the lease while the handler runs must not
// stand in the transaction's way, whatever the database's default level.
func TestTxAfterRenewal(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	strict := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) {
		c.ConnConfig.RuntimeParams["default_transaction_isolation"] = "repeatable read"
	})
	r.store = postgres.New(r.pool, "test", &postgres.Options{Schema: r.schema, Handlers: strict})
	r.begin(t.Context())
	r.write(r.open())
	if err := r.store.Extend(t.Context(), r.req.Key, r.fence, time.Hour); err != nil {
		t.Fatal(err)
	}
	r.commit(nil)
	idle(t, strict)
	r.wantEnd(1, idempotency.Done)
}

func TestTxRollsBack(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	r.write(r.open())
	if err := r.tx.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	r.wantEnd(0, idempotency.InFlight)
}

// TestTxEndedContext: the layer's own budget is over.
func TestTxEndedContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, end := range map[string]func(idempotency.Tx) error{
		"commit":   func(tx idempotency.Tx) error { return tx.Commit(ended) },
		"rollback": func(tx idempotency.Tx) error { return tx.Rollback(ended) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newTxRig(t, postgres.Options{})
			r.write(r.open())
			if err := end(r.tx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's error", err)
			}
			r.wantEnd(0, idempotency.InFlight)
		})
	}
}

func TestTxConcurrentFirstUse(t *testing.T) {
	r := newTxRig(t, postgres.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := postgres.Tx(r.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := r.pool.Stat().AcquiredConns(); n != 1 {
		t.Errorf("%d connections are taken, want 1", n)
	}
	r.commit(nil)
	r.wantEnd(0, idempotency.Done)
}

// TestTxLeftBehind: a goroutine that the handler has left behind waits for a
// connection. The layer's end does not wait for it.
func TestTxLeftBehind(t *testing.T) {
	handlers := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) { c.MaxConns = 1 })
	r := newTxRig(t, postgres.Options{Handlers: handlers})
	taken, err := handlers.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan error)
	go func() {
		_, err := postgres.Tx(r.ctx)
		left <- err
	}()
	// All connections of handlers are taken: claims go on.
	claim(t, r.store, request("2", time.Hour), idempotency.Granted)
	r.commit(nil)
	if err := <-left; err == nil {
		t.Error("Tx of a handler that has returned: got no error")
	}
	taken.Release()
	idle(t, handlers)
	r.wantEnd(0, idempotency.Done)
}

func TestNoClaim(t *testing.T) {
	if _, err := postgres.Tx(t.Context()); !errors.Is(err, postgres.ErrNoClaim) {
		t.Errorf("Tx: got %v, want ErrNoClaim", err)
	}
	if err := postgres.CompleteTx(t.Context(), nil); !errors.Is(err, postgres.ErrNoClaim) {
		t.Errorf("CompleteTx: got %v, want ErrNoClaim", err)
	}
}
