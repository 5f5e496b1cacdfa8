package idempotency_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

func TestFailOpenBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplica(t, lru.New(nil))
		bind := func(digest byte, id, want string) {
			t.Helper()
			got, err := r.Store.(idempotency.ReplayGuard).Bind(t.Context(), [32]byte{digest}, idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), time.Hour)
			if err != nil || got != idempotency.NewKey(idempotency.Identity{Provider: "test", ID: want}) {
				t.Errorf("Bind of digest %d to %s: got %v, %v, want %s", digest, id, got, err, want)
			}
		}
		bind(1, "1", "1")
		r.breakOff()
		bind(1, "2", "1")
		bind(2, "3", "3")
		bind(2, "4", "3")
		r.heal()
		bind(1, "5", "1")
		bind(2, "6", "3") // of which shared has not heard
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

func TestFailOpenIsWhatItsStoresAre(t *testing.T) {
	all := lru.New(nil)
	type (
		store = idempotency.Store
		guard = idempotency.ReplayGuard
		forg  = idempotency.Forgetter
		trans = idempotency.Transactor
	)
	begins := transacting{all}
	for _, tt := range []struct {
		shared, local           idempotency.Store
		guards, forgets, begins bool
	}{
		{plain{all}, all, false, false, false},
		{all, all, true, true, false},
		{all, plain{all}, true, false, false},
		{begins, all, false, false, true},
		{struct {
			store
			forg
		}{all, all}, all, false, true, false},
		{struct {
			store
			guard
			trans
		}{all, all, begins}, all, true, false, true},
		{struct {
			store
			forg
			trans
		}{all, all, begins}, all, false, true, true},
		{struct {
			store
			guard
			forg
			trans
		}{all, all, all, begins}, all, true, true, true},
	} {
		s := idempotency.FailOpen(tt.shared, tt.local, discard)
		g, guards := s.(idempotency.ReplayGuard)
		f, forgets := s.(idempotency.Forgetter)
		_, begins := s.(idempotency.Transactor)
		if guards != tt.guards || forgets != tt.forgets || begins != tt.begins {
			t.Errorf("over a %T: ReplayGuard %v, Forgetter %v, Transactor %v, want %v, %v, %v",
				tt.shared, guards, forgets, begins, tt.guards, tt.forgets, tt.begins)
		}
		k := idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"})
		if guards {
			if got, err := g.Bind(t.Context(), [32]byte{1}, k, time.Hour); err != nil || got != k {
				t.Errorf("Bind: got %v, %v, want the key", got, err)
			}
		}
		if forgets {
			if got, err := f.Forget(t.Context(), k); err != nil || got {
				t.Errorf("Forget: got %v, %v, want false", got, err)
			}
		}
	}
}

func TestFailOpenForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := lru.New(nil)
		a, b, other := newReplica(t, shared), newReplica(t, shared), newReplica(t, shared)
		forget := func(r *replica, want bool, wantErr error) {
			t.Helper()
			got, err := r.Store.(idempotency.Forgetter).Forget(t.Context(), claimRequest("1").Key)
			if got != want || !errors.Is(err, wantErr) {
				t.Errorf("Forget: got %v, %v, want %v, %v", got, err, want, wantErr)
			}
		}
		forget(a, false, nil)
		c := a.claim("1", idempotency.Granted)
		forget(a, false, idempotency.ErrInFlight)
		a.complete("1", c, nil)
		forget(a, true, nil)
		forget(a, false, nil)
		a.complete("1", a.claim("1", idempotency.Granted), nil)

		// In an outage it fails, and nothing is forgotten.
		a.breakOff()
		forget(a, false, errDown)
		a.claim("1", idempotency.Done)
		a.heal()
		a.claim("1", idempotency.Done)
		forget(a, true, nil)

		// A claim of the outage holds the key, and its end counts here and
		// there.
		a.breakOff()
		c = a.claim("1", idempotency.Granted)
		a.heal()
		forget(a, false, idempotency.ErrInFlight)
		a.breakOff()
		a.complete("1", c, nil)
		a.heal()
		forget(a, true, nil)
		a.release("1", a.claim("1", idempotency.Granted))

		// Shared's claim, of which the answer was lost, is no obstacle.
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		a.heal()
		forget(a, true, nil)
		a.release("1", a.claim("1", idempotency.Granted))

		// What another replica has completed, another can forget.
		b.complete("1", b.claim("1", idempotency.Granted), nil)
		forget(a, true, nil)
		a.release("1", a.claim("1", idempotency.Granted))

		// A holder that lost its claim elsewhere holds nothing.
		old := a.claim("1", idempotency.Granted)
		time.Sleep(15 * time.Second)
		other.complete("1", other.claim("1", idempotency.Granted), nil)
		forget(a, true, nil)
		a.complete("1", old, idempotency.ErrLost)
		a.claim("1", idempotency.Granted)
	})
}

// TestFailOpenLocalIsNoGuard: an outage without a guard is one without a
// guard, not one without deliveries.
func TestFailOpenLocalIsNoGuard(t *testing.T) {
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
		"under the claim that shared has granted since": func(t *testing.T, a, b *replica) {
			c := a.claim("1", idempotency.Granted)
			a.breakOff()
			time.Sleep(10 * time.Second)
			a.extend("1", c, errDown)
			time.Sleep(10 * time.Second)
			a.heal()
			a.claim("1", idempotency.InFlight) // its lease in the shared store is over
			tx, _ := begin(a, "1", c)
			commit(a, tx, nil)
			b.claim("1", idempotency.Done)
		},
		"taken over here in the outage": func(t *testing.T, a, _ *replica) {
			tx, _ := begin(a, "1", a.claim("1", idempotency.Granted))
			a.breakOff()
			time.Sleep(15 * time.Second)
			c := a.claim("1", idempotency.Granted)
			a.heal()
			commit(a, tx, idempotency.ErrLost)
			if err := tx.Commit(t.Context()); !errors.Is(err, errRolledBack) {
				t.Errorf("Commit: got %v, want the transaction rolled back, too", err)
			}
			a.complete("1", c, nil)
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
