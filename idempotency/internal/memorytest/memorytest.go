// Package memorytest checks what the bounded stores in memory promise beyond
// the contract that package storetest checks: sizes, counts, and what happens at
// the nanosecond.
package memorytest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// A Store is a bounded store in memory.
type Store interface {
	idempotency.Store
	idempotency.ReplayGuard
	idempotency.Forgetter
	Stats() memory.Stats
}

// An Opener makes an empty store.
type Opener func(*memory.Options) Store

// Run runs all checks.
func Run(t *testing.T, open Opener) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, Opener)
	}{
		{"NewRefusesNegativeSizes", newRefusesNegativeSizes},
		{"Ends", ends},
		{"Abandoned", abandoned},
		{"EndedContext", endedContext},
		{"FencesRise", fencesRise},
		{"Capacity", capacity},
		{"DefaultCapacity", defaultCapacity},
		{"BindingsHaveTheirOwnSize", bindingsHaveTheirOwnSize},
		{"DuplicateKeepsItsPlace", duplicateKeepsItsPlace},
		{"ExpiredMakeRoom", expiredMakeRoom},
		{"ForgottenMakeRoom", forgottenMakeRoom},
		{"CraftedKeysDoNotCrowd", craftedKeysDoNotCrowd},
		{"Storm", storm},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open) })
	}
}

// Key returns the key of the i-th delivery.
func Key(i int) idempotency.Key {
	return idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: strconv.Itoa(i)})
}

// claim makes a claim whose owner tells it from others of the same key.
func claim(t *testing.T, s idempotency.Store, k idempotency.Key, owner byte, lease time.Duration) idempotency.Claim {
	t.Helper()
	c, err := s.Claim(t.Context(), idempotency.Request{Key: k, Owner: [16]byte{owner}, Lease: lease})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Complete claims a new key and completes it.
func Complete(t *testing.T, s idempotency.Store, k idempotency.Key, retain time.Duration) {
	t.Helper()
	c := claim(t, s, k, 1, time.Minute)
	if c.State != idempotency.Granted {
		t.Fatalf("claim of a new key: got %v, want granted", c.State)
	}
	if err := s.Complete(t.Context(), k, c.Fence, retain); err != nil {
		t.Fatal(err)
	}
}

func wantStats(t *testing.T, s Store, want memory.Stats) {
	t.Helper()
	if diff := cmp.Diff(want, s.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}
