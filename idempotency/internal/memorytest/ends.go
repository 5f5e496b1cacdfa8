package memorytest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

func newRefusesNegativeSizes(t *testing.T, open Opener) {
	for _, o := range []memory.Options{{Capacity: -1}, {Bindings: -1}, {Capacity: 5, Bindings: math.MinInt}} {
		func() {
			defer func() {
				if msg, _ := recover().(string); !strings.Contains(msg, "negative") {
					t.Errorf("New(%+v): panic value %q, want one that says negative", o, msg)
				}
			}()
			open(&o)
		}()
	}
}

// ends looks a nanosecond before a lease, a retention and a ttl end, and
// just when they do.
func ends(t *testing.T, open Opener) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := open(nil)
		bind := func(k, want idempotency.Key) {
			t.Helper()
			if got, err := s.Bind(ctx, Key(3), k, time.Minute); err != nil || got != want {
				t.Errorf("Bind: got %v, %v, want %v", got, err, want)
			}
		}
		claim(t, s, Key(1), 1, time.Minute)
		Complete(t, s, Key(2), time.Minute)
		bind(Key(1), Key(1))

		time.Sleep(time.Minute - 1)
		if c := claim(t, s, Key(1), 2, time.Minute); c.State != idempotency.InFlight || c.RetryAfter != 1 {
			t.Errorf("just before the lease ends: got %v, RetryAfter %v, want in-flight, 1ns", c.State, c.RetryAfter)
		}
		if c := claim(t, s, Key(2), 2, time.Minute); c.State != idempotency.Done {
			t.Errorf("just before the retention ends: got %v, want done", c.State)
		}
		bind(Key(2), Key(1))

		time.Sleep(time.Nanosecond)
		for i := range 2 {
			if c := claim(t, s, Key(i+1), 2, time.Minute); c.State != idempotency.Granted {
				t.Errorf("key %d, when its time is over: got %v, want granted", i+1, c.State)
			}
		}
		bind(Key(2), Key(2))
		// Taking over a completed key takes its entry's place.
		wantStats(t, s, memory.Stats{InFlight: 2, Bindings: 1})
	})
}

// abandoned leaves claims behind: they can be completed for a day after
// their lease, and are gone soon after.
func abandoned(t *testing.T, open Opener) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := open(&memory.Options{Capacity: 8})
		late := claim(t, s, Key(1), 1, time.Minute)
		lost := claim(t, s, Key(2), 1, time.Minute)
		time.Sleep(24 * time.Hour)
		alive := claim(t, s, Key(3), 1, 48*time.Hour)
		wantStats(t, s, memory.Stats{InFlight: 3})
		if err := s.Complete(ctx, Key(1), late.Fence, 72*time.Hour); err != nil {
			t.Errorf("Complete a day after the claim: %v", err)
		}

		time.Sleep(2 * time.Hour)
		claim(t, s, Key(1), 2, time.Minute)
		wantStats(t, s, memory.Stats{Entries: 1, InFlight: 1, Abandoned: 1})
		if err := s.Complete(ctx, Key(2), lost.Fence, time.Hour); !errors.Is(err, idempotency.ErrLost) {
			t.Errorf("Complete of a forgotten claim: got %v, want ErrLost", err)
		}
		if err := s.Complete(ctx, Key(3), alive.Fence, time.Hour); err != nil {
			t.Errorf("Complete of a claim whose lease runs: %v", err)
		}
	})
}

// endedContext makes each call under a context that has ended: it returns
// the context's error and changes nothing.
func endedContext(t *testing.T, open Opener) {
	s := open(nil)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	flying := claim(t, s, Key(1), 1, time.Hour)
	Complete(t, s, Key(3), time.Hour)
	before := s.Stats()

	for want, ctx := range map[error]context.Context{context.Canceled: canceled, context.DeadlineExceeded: expired} {
		calls := map[string]func() error{
			"Claim": func() error {
				_, err := s.Claim(ctx, idempotency.Request{Key: Key(2), Lease: time.Hour})
				return err
			},
			"Extend":   func() error { return s.Extend(ctx, Key(1), flying.Fence, time.Hour) },
			"Complete": func() error { return s.Complete(ctx, Key(1), flying.Fence, time.Hour) },
			"Release":  func() error { return s.Release(ctx, Key(1), flying.Fence) },
			"Bind": func() error {
				_, err := s.Bind(ctx, Key(1), Key(1), time.Hour)
				return err
			},
			"Forget": func() error {
				_, err := s.Forget(ctx, Key(3))
				return err
			},
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
	}
	wantStats(t, s, before)
}

// fencesRise claims keys of all parts again and again, after a release or a
// retention.
func fencesRise(t *testing.T, open Opener) {
	synctest.Test(t, func(t *testing.T) {
		const keys = 200
		s := open(&memory.Options{Capacity: 8192})
		var last [keys]uint64
		for i := range 5 * keys {
			c := claim(t, s, Key(i%keys), 1, time.Hour)
			if c.Fence <= last[i%keys] {
				t.Fatalf("claim %d: fence %d after %d", i, c.Fence, last[i%keys])
			}
			last[i%keys] = c.Fence
			end := func() error { return s.Release(t.Context(), Key(i%keys), c.Fence) }
			if i%3 == 0 {
				end = func() error { return s.Complete(t.Context(), Key(i%keys), c.Fence, 1) }
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Nanosecond)
		}
	})
}
