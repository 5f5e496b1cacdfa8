package memory_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// A store for two million deliveries takes no memory for them before they come.
// Usually the Once layer makes these calls.
func Example() {
	ctx := context.Background()
	store := memory.New(&memory.Options{Capacity: 2_000_000})
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

// To see whether a store is large enough, export what it has evicted.
func ExampleStore_Stats() {
	ctx := context.Background()
	store := memory.New(&memory.Options{Capacity: 3})
	for i := range 5 {
		key := idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: fmt.Sprint("evt_", i)})
		r := idempotency.Request{Key: key, Lease: 15 * time.Second}
		rand.Read(r.Owner[:])
		claim, err := store.Claim(ctx, r)
		if err == nil && i < 4 {
			err = store.Complete(ctx, key, claim.Fence, 72*time.Hour)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	stats := store.Stats()
	fmt.Println(stats.Entries, "remembered,", stats.InFlight, "in flight,", stats.Evicted, "evicted")
	// Output:
	// 3 remembered, 1 in flight, 1 evicted
}
