package idempotency

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// TestDeliveriesTakeTurns: a call waits for the one before it, for no longer
// than its context lets it, and leaves nothing behind.
func TestDeliveriesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ds := deliveries{byKey: make(map[Key]*delivery)}
		first, err := ds.enter(t.Context(), Key{1})
		if err != nil {
			t.Fatal(err)
		}
		if d, err := ds.enter(t.Context(), Key{2}); err != nil {
			t.Errorf("another key: %v", err)
		} else {
			ds.leave(Key{2}, d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := ds.enter(ctx, Key{1}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a turn that does not come: got %v, want the context's error", err)
		}
		entered := false
		go func() {
			d, err := ds.enter(t.Context(), Key{1})
			entered = err == nil && d == first
			ds.leave(Key{1}, d)
		}()
		synctest.Wait()
		if entered {
			t.Error("two calls have the turn")
		}
		ds.leave(Key{1}, first)
		synctest.Wait()
		if !entered {
			t.Error("the turn did not come")
		}
		if n := len(ds.byKey); n != 0 {
			t.Errorf("%d deliveries are left behind", n)
		}
	})
}

func TestStaleGrants(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		state       grantState
		ends, until time.Duration
		want        bool
	}{
		{held, -time.Hour, 0, false},
		{held, -25 * time.Hour, 0, true},
		{superseded, -time.Hour, 0, false},
		{superseded, -25 * time.Hour, 0, true},
		{completed, time.Second, time.Hour, false},
		{completed, -time.Minute, time.Hour, false},
		{completed, -time.Minute - 1, time.Hour, true},
		{completed, time.Second, -time.Second, true},
		{released, time.Second, 0, false},
		{released, -time.Minute, 0, false},
		{released, -time.Minute - 1, 0, true},
	} {
		g := grant{state: tt.state, request: Request{Lease: time.Minute}, ends: now.Add(tt.ends), until: now.Add(tt.until)}
		if got := g.stale(now); got != tt.want {
			t.Errorf("state %d, lease %v, retention %v: stale %v, want %v", tt.state, tt.ends, tt.until, got, tt.want)
		}
	}
}

// A granting store grants every Claim and allows every call, unless it is down.
type granting struct {
	fence uint64
	down  bool
}

func (s *granting) answer() error {
	if s.down {
		return errors.New("down")
	}
	return nil
}

func (s *granting) Claim(context.Context, Request) (Claim, error) {
	if s.fence++; s.down {
		return Claim{}, s.answer()
	}
	return Claim{State: Granted, Fence: s.fence}, nil
}

func (s *granting) Extend(context.Context, Key, uint64, time.Duration) error   { return s.answer() }
func (s *granting) Complete(context.Context, Key, uint64, time.Duration) error { return s.answer() }
func (s *granting) Release(context.Context, Key, uint64) error                 { return s.answer() }

// TestFailOpenLeavesNothing: what a FailOpen notes of a delivery goes with its
// claims.
func TestFailOpenLeavesNothing(t *testing.T) {
	ctx := t.Context()
	for _, down := range []bool{false, true} {
		shared := &granting{}
		f := FailOpen(shared, &granting{}, &FailOpenOptions{Logger: slog.New(slog.DiscardHandler)}).(*failOpen)
		for i := range 100 {
			shared.down = down
			r := Request{Key: Key{byte(i)}, Lease: time.Hour}
			c, err := f.Claim(ctx, r)
			if err == nil && i%2 == 0 {
				err = f.Complete(ctx, r.Key, c.Fence, time.Hour)
			} else if err == nil {
				err = f.Release(ctx, r.Key, c.Fence)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		// In an outage, what was completed is noted for a lease, in case
		// that shared has granted it.
		want := 0
		if down {
			want = 50
		}
		if n := len(f.deliveries.byKey); n != want {
			t.Errorf("down %v: %d deliveries are noted, want %d", down, n, want)
		}
	}
}

// TestDeliveriesDropStale: holders that never call again leave nothing behind
// for ever, and those that may call are known.
func TestDeliveriesDropStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 5000
		ds := deliveries{byKey: make(map[Key]*delivery)}
		add := func(i int, state grantState) {
			key := Key{byte(i), byte(i >> 8), byte(state)}
			d, err := ds.enter(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			g := &grant{state: state, until: time.Now().Add(time.Hour)}
			g.renew(15 * time.Second)
			d.grants = append(d.grants, g)
			ds.leave(key, d)
		}
		for i := range n {
			add(i, held)
			add(i, completed)
		}
		time.Sleep(time.Minute)
		for i := range n {
			add(i, released)
		}
		if got := len(ds.byKey); got < 2*n || got > 3*n+n/2 {
			t.Errorf("%d deliveries after the leases, want the %d whose holders may call, and some", got, n)
		}
		time.Sleep(forgetGrantAfter)
		for i := range 8 * n {
			key := Key{byte(i), byte(i >> 8), 9}
			d, err := ds.enter(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			d.grants = []*grant{{state: held, ends: time.Now()}}
			ds.leave(key, d)
		}
		if got := len(ds.byKey); got > 9*n {
			t.Errorf("%d deliveries, want the %d of today, and some", got, 8*n)
		}
	})
}
