package slab_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/slab"
)

// TestCapacity overfills stores of one shard and of many: they never hold more
// than their capacity, count each entry that they gave up, and what one holds
// at most is just that.
func TestCapacity(t *testing.T) {
	for _, capacity := range []int{1, 2, 7, 2047, 2049, 10_007} {
		s := slab.New(&slab.Options{Capacity: capacity})
		n := 3 * capacity
		for i := range n {
			complete(t, s, key(i), time.Hour)
			if _, err := s.Bind(t.Context(), key(i), key(i), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		wantStats(t, s, slab.Stats{
			Entries: capacity, Evicted: uint64(n - capacity),
			Seals: capacity, SealsEvicted: uint64(n - capacity),
		})
	}
}

func TestDefaultCapacity(t *testing.T) {
	const n = 150_000
	s := slab.New(nil)
	for i := range n {
		complete(t, s, key(i), time.Hour)
	}
	wantStats(t, s, slab.Stats{Entries: 100_000, Evicted: n - 100_000})
}

func TestSealsHaveTheirOwnSize(t *testing.T) {
	s := slab.New(&slab.Options{Capacity: 100, Seals: 2})
	ctx := t.Context()
	for i := range 3 {
		if _, err := s.Bind(ctx, key(i), key(i), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	wantStats(t, s, slab.Stats{Seals: 2, SealsEvicted: 1})
	// The oldest went: what is bound to it now is taken for the first.
	for i, want := range map[int]idempotency.Key{1: key(1), 2: key(2)} {
		if got, err := s.Bind(ctx, key(i), key(99), time.Hour); err != nil || got != want {
			t.Errorf("seal %d: got %v, %v, want %v", i, got, err, want)
		}
	}
	if got, err := s.Bind(ctx, key(0), key(99), time.Hour); err != nil || got != key(99) {
		t.Errorf("the seal that made room: got %v, %v, want the new key", got, err)
	}
}

// TestDuplicateKeepsItsPlace asks for the oldest entry before the store is
// full: it goes first all the same.
func TestDuplicateKeepsItsPlace(t *testing.T) {
	s := slab.New(&slab.Options{Capacity: 3})
	for i := range 3 {
		complete(t, s, key(i), time.Hour)
	}
	for range 10 {
		if c := claim(t, s, key(0), 2, time.Minute); c.State != idempotency.Done {
			t.Fatalf("duplicate: got %v, want done", c.State)
		}
	}
	complete(t, s, key(3), time.Hour)
	for i, want := range []idempotency.State{idempotency.Granted, idempotency.Done, idempotency.Done, idempotency.Done} {
		if c := claim(t, s, key(i), 2, time.Minute); c.State != want {
			t.Errorf("key %d: got %v, want %v", i, c.State, want)
		}
	}
}

// TestExpiredMakeRoom fills a store again when its retentions have run out:
// nothing is given up too soon, and the old entries go twice as fast as new
// ones come.
func TestExpiredMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 50
		s := slab.New(&slab.Options{Capacity: n})
		fill := func(from, to int) {
			for i := from; i < to; i++ {
				complete(t, s, key(i), time.Hour)
				if _, err := s.Bind(t.Context(), key(i), key(i), time.Hour); err != nil {
					t.Fatal(err)
				}
			}
		}
		fill(0, n)
		time.Sleep(time.Hour)
		fill(n, n+10)
		wantStats(t, s, slab.Stats{Entries: n - 10, Seals: n - 10})
		fill(n+10, 2*n)
		wantStats(t, s, slab.Stats{Entries: n, Seals: n})
		fill(2*n, 2*n+5)
		wantStats(t, s, slab.Stats{Entries: n, Evicted: 5, Seals: n, SealsEvicted: 5})
	})
}
