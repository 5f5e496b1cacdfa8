package lru_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

func key(i int) idempotency.Key { return idempotency.NewKey("linktree", "", strconv.Itoa(i)) }

// claim makes a claim whose owner tells it from others of the same key.
func claim(t *testing.T, s *lru.Store, k idempotency.Key, owner byte, lease time.Duration) idempotency.Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), idempotency.Request{Key: k, Owner: [16]byte{owner}, Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func complete(t *testing.T, s *lru.Store, k idempotency.Key, retain time.Duration) {
	t.Helper()
	c := claim(t, s, k, 1, time.Minute)
	if c.State != idempotency.Granted {
		t.Fatalf("claim of a new key: got %v, want granted", c.State)
	}
	if err := s.Complete(t.Context(), k, c.Fence, retain); err != nil {
		t.Fatal(err)
	}
}

func wantStats(t *testing.T, s *lru.Store, want lru.Stats) {
	t.Helper()
	if diff := cmp.Diff(want, s.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func TestNewRefusesNegativeSizes(t *testing.T) {
	for _, o := range []lru.Options{{Capacity: -1}, {Seals: -1}, {Capacity: 5, Seals: math.MinInt}} {
		func() {
			defer func() {
				if msg, _ := recover().(string); !strings.Contains(msg, "negative") {
					t.Errorf("New(%+v): panic value %q, want one that says negative", o, msg)
				}
			}()
			lru.New(&o)
		}()
	}
}

// TestEnds looks a nanosecond before a lease, a retention and a ttl end, and
// just when they do.
func TestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := lru.New(nil)
		bind := func(k, want idempotency.Key) {
			t.Helper()
			if got, err := s.Bind(ctx, key(3), k, time.Minute); err != nil || got != want {
				t.Errorf("Bind: got %v, %v, want %v", got, err, want)
			}
		}
		claim(t, s, key(1), 1, time.Minute)
		complete(t, s, key(2), time.Minute)
		bind(key(1), key(1))

		time.Sleep(time.Minute - 1)
		if c := claim(t, s, key(1), 2, time.Minute); c.State != idempotency.InFlight || c.RetryAfter != 1 {
			t.Errorf("just before the lease ends: got %v, RetryAfter %v, want in-flight, 1ns", c.State, c.RetryAfter)
		}
		if c := claim(t, s, key(2), 2, time.Minute); c.State != idempotency.Done {
			t.Errorf("just before the retention ends: got %v, want done", c.State)
		}
		bind(key(2), key(1))

		time.Sleep(time.Nanosecond)
		for i := range 2 {
			if c := claim(t, s, key(i+1), 2, time.Minute); c.State != idempotency.Granted {
				t.Errorf("key %d, when its time is over: got %v, want granted", i+1, c.State)
			}
		}
		bind(key(2), key(2))
		// Taking over a completed key takes its entry's place.
		wantStats(t, s, lru.Stats{InFlight: 2, Seals: 1})
	})
}

// TestAbandoned leaves claims behind: they can be completed for a day after
// their lease, and are gone soon after.
func TestAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := lru.New(&lru.Options{Capacity: 8})
		late := claim(t, s, key(1), 1, time.Minute)
		lost := claim(t, s, key(2), 1, time.Minute)
		time.Sleep(24 * time.Hour)
		alive := claim(t, s, key(3), 1, 48*time.Hour)
		wantStats(t, s, lru.Stats{InFlight: 3})
		if err := s.Complete(ctx, key(1), late.Fence, 72*time.Hour); err != nil {
			t.Errorf("Complete a day after the claim: %v", err)
		}

		time.Sleep(2 * time.Hour)
		claim(t, s, key(1), 2, time.Minute)
		wantStats(t, s, lru.Stats{Entries: 1, InFlight: 1, Abandoned: 1})
		if err := s.Complete(ctx, key(2), lost.Fence, time.Hour); !errors.Is(err, idempotency.ErrLost) {
			t.Errorf("Complete of a forgotten claim: got %v, want ErrLost", err)
		}
		if err := s.Complete(ctx, key(3), alive.Fence, time.Hour); err != nil {
			t.Errorf("Complete of a claim whose lease runs: %v", err)
		}
	})
}

// TestEndedContext makes each call under a context that has ended: it returns
// the context's error and changes nothing.
func TestEndedContext(t *testing.T) {
	s := lru.New(nil)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	flying := claim(t, s, key(1), 1, time.Hour)
	before := s.Stats()

	for want, ctx := range map[error]context.Context{context.Canceled: canceled, context.DeadlineExceeded: expired} {
		calls := map[string]func() error{
			"Claim": func() error {
				_, err := s.Claim(ctx, idempotency.Request{Key: key(2), Lease: time.Hour})
				return err
			},
			"Extend":   func() error { return s.Extend(ctx, key(1), flying.Fence, time.Hour) },
			"Complete": func() error { return s.Complete(ctx, key(1), flying.Fence, time.Hour) },
			"Release":  func() error { return s.Release(ctx, key(1), flying.Fence) },
			"Bind": func() error {
				_, err := s.Bind(ctx, key(1), key(1), time.Hour)
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

// TestLongestDurations must not overflow into the past.
func TestLongestDurations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		s := lru.New(nil)
		time.Sleep(time.Hour)
		c := claim(t, s, key(1), 1, math.MaxInt64)
		if again := claim(t, s, key(1), 2, time.Minute); again.State != idempotency.InFlight {
			t.Errorf("under the longest lease: got %v, want in-flight", again.State)
		}
		if err := s.Extend(ctx, key(1), c.Fence, math.MaxInt64); err != nil {
			t.Error(err)
		}
		if again := claim(t, s, key(1), 2, time.Minute); again.State != idempotency.InFlight {
			t.Errorf("extended by the longest lease: got %v, want in-flight", again.State)
		}
		if err := s.Complete(ctx, key(1), c.Fence, math.MaxInt64); err != nil {
			t.Error(err)
		}
		if again := claim(t, s, key(1), 2, time.Minute); again.State != idempotency.Done {
			t.Errorf("under the longest retention: got %v, want done", again.State)
		}
		if _, err := s.Bind(ctx, key(1), key(1), math.MaxInt64); err != nil {
			t.Error(err)
		}
		if got, err := s.Bind(ctx, key(1), key(2), time.Hour); err != nil || got != key(1) {
			t.Errorf("under the longest ttl: got %v, %v, want the first key", got, err)
		}
	})
}

// TestFencesRise claims keys of all parts again and again, after a release or a
// retention.
func TestFencesRise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keys = 200
		s := lru.New(&lru.Options{Capacity: 8192})
		var last [keys]uint64
		for i := range 5 * keys {
			c := claim(t, s, key(i%keys), 1, time.Hour)
			if c.Fence <= last[i%keys] {
				t.Fatalf("claim %d: fence %d after %d", i, c.Fence, last[i%keys])
			}
			last[i%keys] = c.Fence
			end := func() error { return s.Release(t.Context(), key(i%keys), c.Fence) }
			if i%3 == 0 {
				end = func() error { return s.Complete(t.Context(), key(i%keys), c.Fence, 1) }
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Nanosecond)
		}
	})
}

func TestAllocations(t *testing.T) {
	s := lru.New(&lru.Options{Capacity: 64})
	ctx := context.Background()
	complete(t, s, key(0), time.Hour)
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for name, f := range map[string]func(){
		"duplicate": func() {
			_, err := s.Claim(ctx, idempotency.Request{Key: key(0), Lease: time.Hour})
			must(err)
		},
		"claim, extend and release": func() {
			c, err := s.Claim(ctx, idempotency.Request{Key: key(1), Lease: time.Hour})
			must(err)
			must(s.Extend(ctx, key(1), c.Fence, time.Hour))
			must(s.Release(ctx, key(1), c.Fence))
		},
		"stats": func() { s.Stats() },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}
