package lru_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// Usually the Once layer makes these calls.
func Example() {
	ctx := context.Background()
	store := lru.New(nil)
	key := idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: "evt_1"})

	for range 2 {
		r := idempotency.Request{Key: key, Lease: 15 * time.Second}
		rand.Read(r.Owner[:])
		claim, err := store.Claim(ctx, r)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(claim.State)
		if claim.State == idempotency.Granted {
			fmt.Println(store.Complete(ctx, key, claim.Fence, 72*time.Hour))
		}
	}
	// Output:
	// granted
	// <nil>
	// done
}

// A store that is too small says so: Evicted grows.
func ExampleStore_Stats() {
	ctx := context.Background()
	store := lru.New(&lru.Options{Capacity: 2})
	for _, id := range []string{"a", "b", "c"} {
		r := idempotency.Request{Key: idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: id}), Lease: 15 * time.Second}
		rand.Read(r.Owner[:])
		claim, err := store.Claim(ctx, r)
		if err == nil {
			err = store.Complete(ctx, r.Key, claim.Fence, 72*time.Hour)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	stats := store.Stats()
	fmt.Println("remembered:", stats.Entries)
	fmt.Println("in flight:", stats.InFlight)
	fmt.Println("forgotten too soon:", stats.Evicted)
	// Output:
	// remembered: 2
	// in flight: 0
	// forgotten too soon: 1
}
