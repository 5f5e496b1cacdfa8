package idempotency_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// forget forgets the delivery 1.
func (r *replica) forget(want bool, wantErr error) {
	r.t.Helper()
	got, err := r.Store.(idempotency.Forgetter).Forget(r.t.Context(), claimRequest("1").Key)
	if got != want || !errors.Is(err, wantErr) {
		r.t.Errorf("Forget: got %v, %v, want %v, %v", got, err, want, wantErr)
	}
}

func TestFailOpenForgets(t *testing.T) {
	for name, test := range map[string]func(a, b *replica){
		"in good times": func(a, _ *replica) {
			a.forget(false, nil)
			c := a.claim("1", idempotency.Granted)
			a.forget(false, idempotency.ErrInFlight)
			a.complete("1", c, nil)
			a.forget(true, nil)
			a.forget(false, nil)
			a.claim("1", idempotency.Granted)
		},
		"not in an outage": func(a, _ *replica) {
			a.complete("1", a.claim("1", idempotency.Granted), nil)
			a.breakOff()
			a.forget(false, errDown)
			a.claim("1", idempotency.Done)
			a.heal()
			a.claim("1", idempotency.Done)
			a.forget(true, nil)
			a.claim("1", idempotency.Granted)
		},
		"what an outage has left": func(a, _ *replica) {
			a.breakOff()
			c := a.claim("1", idempotency.Granted)
			a.heal()
			a.forget(false, idempotency.ErrInFlight)
			a.breakOff()
			a.complete("1", c, nil)
			a.heal()
			a.forget(true, nil)
			a.claim("1", idempotency.Granted)
		},
		"in spite of a claim whose answer was lost": func(a, _ *replica) {
			a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
			a.complete("1", a.claim("1", idempotency.Granted), nil)
			a.heal()
			a.forget(true, nil)
			a.claim("1", idempotency.Granted)
		},
		"what another replica has completed": func(a, b *replica) {
			b.complete("1", b.claim("1", idempotency.Granted), nil)
			a.forget(true, nil)
			a.claim("1", idempotency.Granted)
		},
		"of a holder that lost its claim elsewhere": func(a, b *replica) {
			old := a.claim("1", idempotency.Granted)
			time.Sleep(15 * time.Second)
			b.complete("1", b.claim("1", idempotency.Granted), nil)
			a.forget(true, nil)
			a.complete("1", old, idempotency.ErrLost)
			a.claim("1", idempotency.Granted)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shared := lru.New(nil)
				test(newReplica(t, shared), newReplica(t, shared))
			})
		})
	}
}
