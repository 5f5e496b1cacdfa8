package idempotency_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// One replica has lost the shared store and goes on alone; the other has not
// heard of what it does.
func ExampleFailOpen() {
	shared := lru.New(nil) // in earnest: of package redis or postgres
	cutOff, faults := hooktest.NewStore(shared)
	quiet := &idempotency.FailOpenOptions{Logger: slog.New(slog.DiscardHandler)}
	a := idempotency.FailOpen(cutOff, lru.New(nil), quiet)
	b := idempotency.FailOpen(shared, lru.New(nil), quiet)

	deliver := func(replica string, s idempotency.Store, id string) {
		ctx := context.Background()
		r := idempotency.Request{Key: idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: id}), Lease: 15 * time.Second}
		rand.Read(r.Owner[:])
		c, err := s.Claim(ctx, r)
		fmt.Println(replica, id, c.State, err)
		if c.State == idempotency.Granted {
			if err := s.Complete(ctx, r.Key, c.Fence, 72*time.Hour); err != nil {
				fmt.Println(err)
			}
		}
	}
	deliver("a", a, "evt_1")
	deliver("b", b, "evt_1")
	faults.Set(hooktest.Fault{Err: errors.New("connection refused")})
	deliver("a", a, "evt_1")
	deliver("a", a, "evt_2")
	deliver("b", b, "evt_2")

	// Output:
	// a evt_1 granted <nil>
	// b evt_1 done <nil>
	// a evt_1 done <nil>
	// a evt_2 granted <nil>
	// b evt_2 granted <nil>
}
