package idempotency_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// transacting is a store whose transactions hold nothing but the mark.
type transacting struct{ idempotency.Store }

type txKey struct{}

func (s transacting) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	return context.WithValue(ctx, txKey{}, true), markTx{s, key, fence, retain}, nil
}

type markTx struct {
	s      idempotency.Store
	key    idempotency.Key
	fence  uint64
	retain time.Duration
}

func (t markTx) Used() bool { return true }

func (t markTx) Commit(ctx context.Context) error {
	return t.s.Complete(ctx, t.key, t.fence, t.retain)
}

func (t markTx) Rollback(context.Context) error { return errRolledBack }

var errRolledBack = errors.New("rolled back")

func (r *replica) begin(id string, c idempotency.Claim) (idempotency.Tx, bool) {
	ctx, tx, err := r.Store.(idempotency.Transactor).Begin(r.t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), c.Fence, time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	return tx, ctx.Value(txKey{}) != nil
}

func (r *replica) commit(tx idempotency.Tx, want error) {
	r.t.Helper()
	if err := tx.Commit(r.t.Context()); !errors.Is(err, want) {
		r.t.Errorf("Commit: got %v, want %v", err, want)
	}
}

var failOpenTransactions = map[string]func(t *testing.T, a, b *replica){
	"committed before the outage": func(t *testing.T, a, _ *replica) {
		tx, carried := a.begin("1", a.claim("1", idempotency.Granted))
		if !carried {
			t.Error("the handler's context does not carry the transaction")
		}
		a.commit(tx, nil)
		a.breakOff()
		a.claim("1", idempotency.Done)
	},
	"not committed in the outage": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		tx, _ := a.begin("1", c)
		a.breakOff()
		a.commit(tx, errDown)
		// It is not known whether the effect is there: the holder has
		// it run again.
		if err := a.Release(a.t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"}), c.Fence); !errors.Is(err, errDown) {
			a.t.Errorf("Release: got %v, want the shared store's error", err)
		}
		a.claim("1", idempotency.Granted)
		b.claim("1", idempotency.InFlight)
	},
	"lost": func(_ *testing.T, a, b *replica) {
		tx, _ := a.begin("1", a.claim("1", idempotency.Granted))
		time.Sleep(15 * time.Second)
		c := b.claim("1", idempotency.Granted)
		a.commit(tx, idempotency.ErrLost)
		b.release("1", c)
		a.claim("1", idempotency.Granted)
	},
	"under the claim that shared has granted since": func(t *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(10 * time.Second)
		a.extend("1", c, errDown)
		time.Sleep(10 * time.Second)
		a.heal()
		a.claim("1", idempotency.InFlight) // its lease in the shared store is over
		tx, _ := a.begin("1", c)
		a.commit(tx, nil)
		b.claim("1", idempotency.Done)
	},
	"taken over here in the outage": func(t *testing.T, a, _ *replica) {
		tx, _ := a.begin("1", a.claim("1", idempotency.Granted))
		a.breakOff()
		time.Sleep(15 * time.Second)
		c := a.claim("1", idempotency.Granted)
		a.heal()
		a.commit(tx, idempotency.ErrLost)
		if err := tx.Commit(t.Context()); !errors.Is(err, errRolledBack) {
			t.Errorf("Commit: got %v, want the transaction rolled back, too", err)
		}
		a.complete("1", c, nil)
	},
	"begun in the outage": func(t *testing.T, a, b *replica) {
		a.breakOff()
		tx, carried := a.begin("1", a.claim("1", idempotency.Granted))
		if carried {
			t.Error("there is a transaction in the outage")
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Errorf("Rollback of no transaction: %v", err)
		}
		a.heal()
		a.commit(tx, nil)
		b.claim("1", idempotency.Done)
	},
	"rolled back": func(t *testing.T, a, _ *replica) {
		tx, _ := a.begin("1", a.claim("1", idempotency.Granted))
		if err := tx.Rollback(t.Context()); !errors.Is(err, errRolledBack) {
			t.Errorf("Rollback: got %v, want that of the shared store", err)
		}
	},
}

func TestFailOpenTransactions(t *testing.T) {
	for name, test := range failOpenTransactions {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shared := lru.New(nil)
				newTransacting := func() *replica {
					r := newReplica(t, shared)
					r.Store = idempotency.FailOpen(transacting{r.cutOff}, lru.New(nil), discard)
					return r
				}
				test(t, newTransacting(), newTransacting())
			})
		})
	}
}
