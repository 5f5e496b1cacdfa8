package idempotency_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// A queue consumer has no HTTP request, but the same need: to handle each
// message once, and to get a second try at those that failed.
func ExampleStore() {
	var store idempotency.Store = lru.New(nil)

	receive := func(id, body string, handle func() error) error {
		ctx := context.Background()
		r := idempotency.Request{
			Key:         idempotency.NewKey(idempotency.Identity{Provider: "orders", ID: id}),
			Fingerprint: sha256.Sum256([]byte(body)),
			Lease:       15 * time.Second,
		}
		rand.Read(r.Owner[:])

		claim, err := store.Claim(ctx, r)
		if err != nil {
			return err // It may be new or not: have it sent again.
		}
		switch {
		case claim.State == idempotency.Done:
			fmt.Println(id, "is a duplicate; same body:", claim.Fingerprint == r.Fingerprint)
			return nil
		case claim.State == idempotency.InFlight:
			return fmt.Errorf("in flight elsewhere: come back in %v", claim.RetryAfter)
		}
		if err := handle(); err != nil {
			return errors.Join(err, store.Release(ctx, r.Key, claim.Fence))
		}
		return store.Complete(ctx, r.Key, claim.Fence, 72*time.Hour)
	}

	fail := func() error { return errors.New("no stock") }
	work := func() error { fmt.Println("handled"); return nil }
	fmt.Println(receive("17", "3 apples", fail))
	fmt.Println(receive("17", "3 apples", work))
	fmt.Println(receive("17", "3 apples", work))
	fmt.Println(receive("17", "4 apples", work))

	// Output:
	// no stock
	// handled
	// <nil>
	// 17 is a duplicate; same body: true
	// <nil>
	// 17 is a duplicate; same body: false
	// <nil>
}

// The parts of a key are kept apart, wherever their bytes fall.
func ExampleNewKey() {
	a := idempotency.NewKey(idempotency.Identity{Provider: "linktree", Tenant: "shop1", ID: "23"})
	b := idempotency.NewKey(idempotency.Identity{Provider: "linktree", Tenant: "shop12", ID: "3"})
	fmt.Println(a == b)
	fmt.Println(a)
	// Output:
	// false
	// c704409c5aa2f4ec3876d51c866bffc49e3088df2b97d4958acf493d408a9250
}
