package idempotency_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// TestFailOpen has two replicas, of which one loses the shared store.
func TestFailOpen(t *testing.T) {
	for _, tests := range []map[string]func(t *testing.T, a, b *replica){failOpenCompletes, failOpenHolds, failOpenTakesOver} {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					shared := lru.New(nil)
					test(t, newReplica(t, shared), newReplica(t, shared))
				})
			})
		}
	}
}

var failOpenCompletes = map[string]func(t *testing.T, a, b *replica){
	"done before the outage": func(_ *testing.T, a, b *replica) {
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		a.breakOff()
		a.claim("1", idempotency.Done)
		b.claim("1", idempotency.Done)
	},
	"done in the outage": func(_ *testing.T, a, b *replica) {
		a.breakOff()
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		a.claim("1", idempotency.Done)
		a.heal()
		a.claim("1", idempotency.Done)
		b.claim("1", idempotency.Done) // a has told it when it was asked
	},
	"completed after the outage": func(_ *testing.T, a, b *replica) {
		a.breakOff()
		c := a.claim("1", idempotency.Granted)
		a.heal()
		a.complete("1", c, nil)
		b.claim("1", idempotency.Done)
		a.claim("1", idempotency.Done)
	},
	"never completed in the shared store": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff(hooktest.Complete)
		a.complete("1", c, errDown)
		time.Sleep(time.Minute)
		a.heal()
		a.claim("1", idempotency.Done)
		b.claim("1", idempotency.Done)
	},
	"the outage alone": func(_ *testing.T, a, b *replica) {
		// What FailOpen gives up.
		a.breakOff()
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		b.claim("1", idempotency.Granted)
	},
	"in flight when the outage begins": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		a.claim("1", idempotency.InFlight)
		a.complete("1", c, errDown)
		a.claim("1", idempotency.Done) // the effect is there
		a.heal()
		b.claim("1", idempotency.InFlight)
		a.complete("1", c, nil) // the holder tries on
		b.claim("1", idempotency.Done)
	},
	"completed again and again in the outage": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		a.complete("1", c, errDown)
		a.extend("1", c, errDown) // kept alive for the next try
		a.complete("1", c, errDown)
		a.heal()
		a.extend("1", c, nil)
		b.claim("1", idempotency.InFlight)
		a.complete("1", c, nil)
		b.claim("1", idempotency.Done)
	},
	"told in spite of a lost Claim": func(_ *testing.T, a, b *replica) {
		a.breakOff()
		c := a.claim("1", idempotency.Granted)
		time.Sleep(time.Second)
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.claim("1", idempotency.InFlight) // granted by shared, which is not heard
		a.heal()
		a.complete("1", c, nil)
		b.claim("1", idempotency.Done)
	},
	"told again, and not heard": func(_ *testing.T, a, _ *replica) {
		a.breakOff()
		c := a.claim("1", idempotency.Granted)
		a.complete("1", c, nil)
		time.Sleep(25 * time.Second)
		a.shared.Set(hooktest.Fault{})
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.complete("1", c, nil)
		a.shared.Set(hooktest.Fault{})
		time.Sleep(10 * time.Second)
		a.claim("1", idempotency.Done) // though it is in flight in shared
	},
	"claimed by a duplicate, and not heard": func(_ *testing.T, a, _ *replica) {
		a.breakOff()
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		time.Sleep(25 * time.Second)
		a.shared.Set(hooktest.Fault{})
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.claim("1", idempotency.Done)
		a.shared.Set(hooktest.Fault{})
		time.Sleep(10 * time.Second)
		a.claim("1", idempotency.Done) // though it is in flight in shared
	},
	"extended for a next try, and not heard": func(_ *testing.T, a, _ *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		a.complete("1", c, errDown)
		time.Sleep(25 * time.Second)
		a.shared.Set(hooktest.Fault{Err: errDown, After: true})
		a.extend("1", c, errDown)
		a.shared.Set(hooktest.Fault{})
		time.Sleep(10 * time.Second)
		a.claim("1", idempotency.Done) // though it is in flight in shared
	},
	"claimed again for a next try, and not heard": func(_ *testing.T, a, _ *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(10 * time.Second)
		a.extend("1", c, errDown)
		time.Sleep(6 * time.Second)
		a.shared.Set(hooktest.Fault{})
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.claim("1", idempotency.InFlight) // granted by shared, which is not heard
		a.breakOff(hooktest.Complete)
		a.complete("1", c, errDown)
		time.Sleep(29 * time.Second)
		a.shared.Set(hooktest.Fault{}, hooktest.Complete)
		a.complete("1", c, errDown) // the lost claim is asked for again, and not heard
		a.shared.Set(hooktest.Fault{})
		time.Sleep(2 * time.Second)
		a.claim("1", idempotency.Done) // though it is in flight in shared
	},
	"no holder has the fence 0": func(_ *testing.T, a, _ *replica) {
		a.breakOff()
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		time.Sleep(time.Minute)
		a.shared.Set(hooktest.Fault{})
		a.breakOff(hooktest.Complete)
		a.claim("1", idempotency.Done) // granted by shared, for no holder
		a.shared.Set(hooktest.Fault{})
		a.complete("1", idempotency.Claim{}, idempotency.ErrLost)
	},
	"taken elsewhere after the outage": func(t *testing.T, a, b *replica) {
		a.breakOff()
		c := a.claim("1", idempotency.Granted)
		a.heal()
		a.claim("1", idempotency.InFlight) // shared's claim is the holder's
		time.Sleep(15 * time.Second)
		b.claim("1", idempotency.Granted)
		a.complete("1", c, nil)
		a.claim("1", idempotency.Done)
		if log := a.log.String(); strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("a lost claim is taken for an outage:\n%s", log)
		}
	},
	"told for no longer than it is done here": func(_ *testing.T, a, b *replica) {
		a.breakOff()
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		time.Sleep(10 * time.Second)
		a.heal()
		a.claim("1", idempotency.Done)
		time.Sleep(time.Hour - 11*time.Second)
		a.claim("1", idempotency.Granted) // the retention of an hour is over in both
	},
}
