package idempotency_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
)

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
		if err := a.Extend(t.Context(), key, old.Fence, time.Hour); !errors.Is(err, errDown) {
			t.Errorf("Extend: got %v, want the shared store's error", err)
		}
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
