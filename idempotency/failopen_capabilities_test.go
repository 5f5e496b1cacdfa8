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

func TestFailOpenBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplica(t, lru.New(nil))
		bind := func(seal byte, id, want string) {
			t.Helper()
			got, err := r.Store.(idempotency.ReplayGuard).Bind(t.Context(), [32]byte{seal}, idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), time.Hour)
			if err != nil || got != idempotency.NewKey(idempotency.Identity{Provider: "test", ID: want}) {
				t.Errorf("Bind of seal %d to %s: got %v, %v, want %s", seal, id, got, err, want)
			}
		}
		bind(1, "1", "1")
		r.breakOff()
		bind(1, "2", "1")
		bind(2, "3", "3")
		bind(2, "4", "3")
		r.heal()
		bind(1, "5", "1")
	})
}

// plain hides what a store can do beside the contract.
type plain struct{ idempotency.Store }

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

type transactingBinder struct {
	transacting
	idempotency.ReplayGuard
}

func TestFailOpenIsWhatSharedIs(t *testing.T) {
	all := lru.New(nil)
	for _, tt := range []struct {
		shared        idempotency.Store
		binds, begins bool
	}{
		{plain{all}, false, false},
		{all, true, false},
		{transacting{plain{all}}, false, true},
		{transactingBinder{transacting{all}, all}, true, true},
	} {
		s := idempotency.FailOpen(tt.shared, lru.New(nil), discard)
		b, binds := s.(idempotency.ReplayGuard)
		_, begins := s.(idempotency.Transactor)
		if binds != tt.binds || begins != tt.begins {
			t.Errorf("over a %T: ReplayGuard %v, Transactor %v, want %v, %v", tt.shared, binds, begins, tt.binds, tt.begins)
		}
		if binds {
			k := idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"})
			if got, err := b.Bind(t.Context(), [32]byte{1}, k, time.Hour); err != nil || got != k {
				t.Errorf("Bind: got %v, %v, want the key", got, err)
			}
		}
	}
}

// TestFailOpenLocalIsNoBinder: an outage without a guard is one without a
// guard, not one without deliveries.
func TestFailOpenLocalIsNoBinder(t *testing.T) {
	r := newReplica(t, lru.New(nil))
	r.Store = idempotency.FailOpen(r.cutOff, plain{lru.New(nil)}, discard)
	first, second := idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"}), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "2"})
	bind := func(key, want idempotency.Key) {
		t.Helper()
		got, err := r.Store.(idempotency.ReplayGuard).Bind(t.Context(), [32]byte{1}, key, time.Hour)
		if err != nil || got != want {
			t.Errorf("Bind: got %v, %v, want %v", got, err, want)
		}
	}
	bind(first, first)
	bind(second, first)
	r.breakOff()
	bind(second, second)
}

func TestFailOpenTransactions(t *testing.T) {
	begin := func(r *replica, id string, c idempotency.Claim) (idempotency.Tx, bool) {
		ctx, tx, err := r.Store.(idempotency.Transactor).Begin(r.t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), c.Fence, time.Hour)
		if err != nil {
			r.t.Fatal(err)
		}
		return tx, ctx.Value(txKey{}) != nil
	}
	commit := func(r *replica, tx idempotency.Tx, want error) {
		r.t.Helper()
		if err := tx.Commit(r.t.Context()); !errors.Is(err, want) {
			r.t.Errorf("Commit: got %v, want %v", err, want)
		}
	}
	tests := map[string]func(t *testing.T, a, b *replica){
		"committed before the outage": func(t *testing.T, a, _ *replica) {
			tx, carried := begin(a, "1", a.claim("1", idempotency.Granted))
			if !carried {
				t.Error("the handler's context does not carry the transaction")
			}
			commit(a, tx, nil)
			a.breakOff()
			a.claim("1", idempotency.Done)
		},
		"not committed in the outage": func(_ *testing.T, a, b *replica) {
			c := a.claim("1", idempotency.Granted)
			tx, _ := begin(a, "1", c)
			a.breakOff()
			commit(a, tx, errDown)
			// Nobody knows whether the effect is there: the holder has it
			// run again.
			if err := a.Release(a.t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"}), c.Fence); !errors.Is(err, errDown) {
				a.t.Errorf("Release: got %v, want the shared store's error", err)
			}
			a.claim("1", idempotency.Granted)
			b.claim("1", idempotency.InFlight)
		},
		"lost": func(_ *testing.T, a, b *replica) {
			tx, _ := begin(a, "1", a.claim("1", idempotency.Granted))
			time.Sleep(15 * time.Second)
			c := b.claim("1", idempotency.Granted)
			commit(a, tx, idempotency.ErrLost)
			b.release("1", c)
			a.claim("1", idempotency.Granted)
		},
		"begun in the outage": func(t *testing.T, a, b *replica) {
			a.breakOff()
			tx, carried := begin(a, "1", a.claim("1", idempotency.Granted))
			if carried {
				t.Error("there is a transaction in the outage")
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Errorf("Rollback of no transaction: %v", err)
			}
			a.heal()
			commit(a, tx, nil)
			b.claim("1", idempotency.Done)
		},
		"rolled back": func(t *testing.T, a, _ *replica) {
			tx, _ := begin(a, "1", a.claim("1", idempotency.Granted))
			if err := tx.Rollback(t.Context()); !errors.Is(err, errRolledBack) {
				t.Errorf("Rollback: got %v, want that of the shared store", err)
			}
		},
	}
	for name, test := range tests {
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
