package idempotency_test

import (
	"errors"
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
		time.Sleep(10 * time.Second)
		a.shared.Set(hooktest.Fault{})
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.complete("1", c, nil)
		a.shared.Set(hooktest.Fault{})
		time.Sleep(10 * time.Second)
		a.claim("1", idempotency.Done) // though it is in flight in shared
	},
	"extended for a next try, and not heard": func(_ *testing.T, a, _ *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		a.complete("1", c, errDown)
		time.Sleep(10 * time.Second)
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
		time.Sleep(14 * time.Second)
		a.shared.Set(hooktest.Fault{}, hooktest.Complete)
		a.complete("1", c, errDown) // the lost claim is asked for again, and not heard
		a.shared.Set(hooktest.Fault{})
		time.Sleep(2 * time.Second)
		a.claim("1", idempotency.Done) // though it is in flight in shared
	},
	"no holder has the fence 0": func(_ *testing.T, a, _ *replica) {
		a.breakOff()
		a.complete("1", a.claim("1", idempotency.Granted), nil)
		time.Sleep(16 * time.Second)
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

var failOpenHolds = map[string]func(t *testing.T, a, b *replica){
	"released after the outage": func(_ *testing.T, a, b *replica) {
		a.shared.Set(hooktest.Fault{Err: errDown, After: true})
		c := a.claim("1", idempotency.Granted)
		b.claim("1", idempotency.InFlight) // it had come through
		a.heal()
		a.release("1", c)
		b.claim("1", idempotency.Granted)
	},
	"in flight in the outage": func(_ *testing.T, a, b *replica) {
		a.breakOff()
		c := a.claim("1", idempotency.Granted)
		a.claim("1", idempotency.InFlight)
		a.heal()
		a.claim("1", idempotency.InFlight)
		a.release("1", c)
		b.claim("1", idempotency.Granted)
		a.claim("1", idempotency.InFlight)
	},
	"extended in the outage": func(t *testing.T, a, _ *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(10 * time.Second)
		if err := a.Extend(t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"}), c.Fence, 15*time.Second); !errors.Is(err, errDown) {
			t.Errorf("Extend: got %v, want the shared store's error", err)
		}
		time.Sleep(10 * time.Second)
		a.claim("1", idempotency.InFlight)
		a.heal()
		a.claim("1", idempotency.InFlight) // its lease in the shared store is over
	},
	"sent again in the outage": func(t *testing.T, a, _ *replica) {
		r := claimRequest("1")
		first, err := a.Claim(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		a.breakOff()
		if again, err := a.Claim(t.Context(), r); err != nil || again != first {
			t.Errorf("got %+v, %v, want the same claim, %+v", again, err, first)
		}
	},
	"the lease of the one before": func(_ *testing.T, a, _ *replica) {
		a.claim("1", idempotency.Granted)
		time.Sleep(15*time.Second - time.Nanosecond)
		a.claim("1", idempotency.InFlight)
		time.Sleep(time.Nanosecond)
		c := a.claim("1", idempotency.Granted)
		a.complete("1", c, nil)
		a.breakOff()
		a.claim("1", idempotency.Done)
	},
	"the shared claim goes to the holder": func(_ *testing.T, a, b *replica) {
		a.breakOff()
		c := a.claim("1", idempotency.Granted)
		a.heal()
		a.claim("1", idempotency.InFlight) // granted by shared: the holder has it
		b.claim("1", idempotency.InFlight)
		time.Sleep(10 * time.Second)
		a.extend("1", c, nil)
		time.Sleep(10 * time.Second)
		b.claim("1", idempotency.InFlight)
		a.complete("1", c, nil)
		b.claim("1", idempotency.Done)
	},
	"extended in the outage and completed after it": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(10 * time.Second)
		a.extend("1", c, errDown)
		time.Sleep(10 * time.Second)
		a.heal()
		a.claim("1", idempotency.InFlight) // its lease in the shared store is over
		a.complete("1", c, nil)
		b.claim("1", idempotency.Done)
	},
	"a lost Claim does not take over from a holder": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(10 * time.Second)
		a.extend("1", c, errDown)
		time.Sleep(6 * time.Second)
		a.shared.Set(hooktest.Fault{})
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.claim("1", idempotency.InFlight) // granted by shared, which is not heard
		a.complete("1", c, errDown)        // it can't be known to be lost
		a.heal()
		a.extend("1", c, nil)
		a.complete("1", c, nil)
		b.claim("1", idempotency.Done)
	},
	"sent again after a takeover elsewhere": func(t *testing.T, a, b *replica) {
		r := claimRequest("1")
		if c, err := a.Claim(t.Context(), r); err != nil || c.State != idempotency.Granted {
			t.Fatalf("got %v, %v, want granted", c.State, err)
		}
		time.Sleep(15 * time.Second)
		b.claim("1", idempotency.Granted)
		if c, err := a.Claim(t.Context(), r); err != nil || c.State != idempotency.InFlight {
			t.Errorf("got %v, %v, want in-flight", c.State, err)
		}
	},
	"a lost claim stays lost": func(_ *testing.T, a, _ *replica) {
		// Shared has not heard of the takeover: it would let the first
		// holder go on.
		old := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(15 * time.Second)
		c := a.claim("1", idempotency.Granted)
		a.shared.Set(hooktest.Fault{})
		for range 2 {
			a.extend("1", old, idempotency.ErrLost)
			a.complete("1", old, idempotency.ErrLost)
		}
		a.release("1", c)
		a.extend("1", old, idempotency.ErrLost)
		a.complete("1", old, idempotency.ErrLost)
		a.claim("1", idempotency.Granted)
	},
	"given up and not heard": func(_ *testing.T, a, _ *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		if err := a.Release(a.t.Context(), claimRequest("1").Key, c.Fence); !errors.Is(err, errDown) {
			a.t.Errorf("Release: got %v, want the shared store's error", err)
		}
		a.claim("1", idempotency.Granted)
		a.heal()
		a.extend("1", c, idempotency.ErrLost)
		a.complete("1", c, idempotency.ErrLost)
	},
	"given up again": func(_ *testing.T, a, b *replica) {
		c := a.claim("1", idempotency.Granted)
		a.breakOff()
		if err := a.Release(a.t.Context(), claimRequest("1").Key, c.Fence); !errors.Is(err, errDown) {
			a.t.Errorf("Release: got %v, want the shared store's error", err)
		}
		a.heal()
		b.claim("1", idempotency.InFlight)
		a.release("1", c)
		b.claim("1", idempotency.Granted)
	},
	"a heard Claim ends those that were lost": func(_ *testing.T, a, b *replica) {
		a.claim("1", idempotency.Granted)
		time.Sleep(15 * time.Second)
		a.shared.Set(hooktest.Fault{Err: errDown, After: true}, hooktest.Claim)
		a.claim("1", idempotency.Granted)
		time.Sleep(15 * time.Second)
		a.heal()
		c := a.claim("1", idempotency.Granted)
		time.Sleep(15 * time.Second)
		b.release("1", b.claim("1", idempotency.Granted))
		a.complete("1", c, idempotency.ErrLost)
	},
}

var failOpenTakesOver = map[string]func(t *testing.T, a, b *replica){
	"extended in the outage and taken over elsewhere": func(t *testing.T, a, b *replica) {
		key := idempotency.NewKey(idempotency.Identity{Provider: "test", ID: "1"})
		old := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(10 * time.Second)
		a.Extend(t.Context(), key, old.Fence, time.Hour)
		time.Sleep(5 * time.Second)
		c := b.claim("1", idempotency.Granted)
		a.heal()
		if err := a.Extend(t.Context(), key, old.Fence, time.Hour); !errors.Is(err, idempotency.ErrLost) {
			t.Errorf("Extend: got %v, want ErrLost", err)
		}
		b.release("1", c)
		a.claim("1", idempotency.Granted)
	},
	"taken over here": func(_ *testing.T, a, _ *replica) {
		old := a.claim("1", idempotency.Granted)
		time.Sleep(15 * time.Second)
		c := a.claim("1", idempotency.Granted)
		a.complete("1", old, idempotency.ErrLost)
		a.breakOff()
		a.claim("1", idempotency.InFlight)
		a.heal()
		a.complete("1", c, nil)
	},
	"taken over elsewhere": func(_ *testing.T, a, b *replica) {
		old := a.claim("1", idempotency.Granted)
		a.breakOff()
		time.Sleep(15 * time.Second)
		c := b.claim("1", idempotency.Granted)
		a.heal()
		a.complete("1", old, idempotency.ErrLost)
		b.release("1", c)
		a.complete("1", a.claim("1", idempotency.Granted), nil)
	},
}
