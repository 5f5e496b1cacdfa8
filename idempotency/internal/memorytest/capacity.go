package memorytest

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// capacity overfills stores of one shard and of many: they never hold more
// than their capacity, count each entry that they gave up, and what one holds
// at most is just that.
func capacity(t *testing.T, open Opener) {
	for _, capacity := range []int{1, 2, 7, 2047, 2049, 10_007} {
		s := open(&memory.Options{Capacity: capacity})
		n := 3 * capacity
		for i := range n {
			Complete(t, s, Key(i), time.Hour)
			if _, err := s.Bind(t.Context(), Key(i), Key(i), time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		wantStats(t, s, memory.Stats{
			Entries: capacity, Evicted: uint64(n - capacity),
			Bindings: capacity, BindingsEvicted: uint64(n - capacity),
		})
	}
}

func defaultCapacity(t *testing.T, open Opener) {
	const n = 150_000
	s := open(nil)
	for i := range n {
		Complete(t, s, Key(i), time.Hour)
	}
	wantStats(t, s, memory.Stats{Entries: 100_000, Evicted: n - 100_000})
}

func bindingsHaveTheirOwnSize(t *testing.T, open Opener) {
	s := open(&memory.Options{Capacity: 100, Bindings: 2})
	ctx := t.Context()
	for i := range 3 {
		if _, err := s.Bind(ctx, Key(i), Key(i), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	wantStats(t, s, memory.Stats{Bindings: 2, BindingsEvicted: 1})
	// The oldest went: what is bound to it now is taken for the first.
	for i, want := range map[int]idempotency.Key{1: Key(1), 2: Key(2)} {
		if got, err := s.Bind(ctx, Key(i), Key(99), time.Hour); err != nil || got != want {
			t.Errorf("digest %d: got %v, %v, want %v", i, got, err, want)
		}
	}
	if got, err := s.Bind(ctx, Key(0), Key(99), time.Hour); err != nil || got != Key(99) {
		t.Errorf("the digest that made room: got %v, %v, want the new key", got, err)
	}
}

// duplicateKeepsItsPlace asks for the oldest entry before the store is
// full: it goes first all the same.
func duplicateKeepsItsPlace(t *testing.T, open Opener) {
	s := open(&memory.Options{Capacity: 3})
	for i := range 3 {
		Complete(t, s, Key(i), time.Hour)
	}
	for range 10 {
		if c := claim(t, s, Key(0), 2, time.Minute); c.State != idempotency.Done {
			t.Fatalf("duplicate: got %v, want done", c.State)
		}
	}
	Complete(t, s, Key(3), time.Hour)
	for i, want := range []idempotency.State{idempotency.Granted, idempotency.Done, idempotency.Done, idempotency.Done} {
		if c := claim(t, s, Key(i), 2, time.Minute); c.State != want {
			t.Errorf("key %d: got %v, want %v", i, c.State, want)
		}
	}
}

// expiredMakeRoom fills a store again when its retentions have run out:
// nothing is given up too soon, and the old entries go twice as fast as new
// ones come.
func expiredMakeRoom(t *testing.T, open Opener) {
	synctest.Test(t, func(t *testing.T) {
		const n = 50
		s := open(&memory.Options{Capacity: n})
		fill := func(from, to int) {
			for i := from; i < to; i++ {
				Complete(t, s, Key(i), time.Hour)
				if _, err := s.Bind(t.Context(), Key(i), Key(i), time.Hour); err != nil {
					t.Fatal(err)
				}
			}
		}
		fill(0, n)
		time.Sleep(time.Hour)
		fill(n, n+10)
		wantStats(t, s, memory.Stats{Entries: n - 10, Bindings: n - 10})
		fill(n+10, 2*n)
		wantStats(t, s, memory.Stats{Entries: n, Bindings: n})
		fill(2*n, 2*n+5)
		wantStats(t, s, memory.Stats{Entries: n, Evicted: 5, Bindings: n, BindingsEvicted: 5})
	})
}

// forgottenMakeRoom forgets all of what is in a full store and fills it anew:
// nothing is evicted, in either round.
func forgottenMakeRoom(t *testing.T, open Opener) {
	const n = 50
	s := open(&memory.Options{Capacity: n})
	for range 2 {
		for i := range n {
			Complete(t, s, Key(i), time.Hour)
		}
		wantStats(t, s, memory.Stats{Entries: n})
		for i := range n {
			if done, err := s.Forget(t.Context(), Key(i)); err != nil || !done {
				t.Errorf("Forget: got %v, %v, want true", done, err)
			}
		}
		wantStats(t, s, memory.Stats{})
	}
}

// craftedKeysDoNotCrowd completes and binds keys that a sender has chosen so
// that they share most of their bytes: they spread over the shards all the same,
// and none makes room for another.
func craftedKeysDoNotCrowd(t *testing.T, open Opener) {
	const n = 8192
	for _, shift := range []int{0, 6, 14} { // the bytes of the first half that differ
		s := open(&memory.Options{Capacity: 8 * n})
		for i := range n {
			var k idempotency.Key
			binary.BigEndian.PutUint16(k[shift:], uint16(i))
			Complete(t, s, k, time.Hour)
			if _, err := s.Bind(t.Context(), k, k, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		wantStats(t, s, memory.Stats{Entries: n, Bindings: n})
	}
}
