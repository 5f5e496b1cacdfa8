package idempotency_test

import (
	"testing"
	"testing/synctest"
	"time"

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
		checkFailOpen(t, tt.shared, tt.local, tt.guards, tt.forgets, tt.begins)
	}
}

func checkFailOpen(t *testing.T, shared, local idempotency.Store, wantGuard, wantForgetter, wantTransactor bool) {
	t.Helper()
	s := idempotency.FailOpen(shared, local, discard)
	g, guards := s.(idempotency.ReplayGuard)
	f, forgets := s.(idempotency.Forgetter)
	_, begins := s.(idempotency.Transactor)
	if guards != wantGuard || forgets != wantForgetter || begins != wantTransactor {
		t.Errorf("over a %T: ReplayGuard %v, Forgetter %v, Transactor %v, want %v, %v, %v",
			shared, guards, forgets, begins, wantGuard, wantForgetter, wantTransactor)
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
