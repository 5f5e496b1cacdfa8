package linktree_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/linktree"
)

// The payload type goes into the handler's signature; the rest is inferred.
func Example_events() {
	var mux dispatch.Mux
	mux.Handle(linktree.LinkDeleted, dispatch.JSON(
		func(_ context.Context, e dispatch.Event[linktree.LinkDeletedData]) error {
			fmt.Println(e.Data.LinkID, "deleted at", e.Data.DeletedAt)
			return nil
		},
	))

	err := mux.HandleDelivery(context.Background(), &hooklatch.Delivery{
		Body: []byte(`{"type":"link.deleted","data":{"link_id":"lnk_1","deleted_at":1714000000,"new":true},"timestamp":1714000001}`),
	})
	fmt.Println(err)
	// Output:
	// lnk_1 deleted at 2024-04-24 23:06:40 +0000 UTC
	// <nil>
}

func ExampleTime() {
	for _, s := range []string{`"2024-04-25T01:06:40+02:00"`, `1714000000`} {
		var t linktree.Time
		if err := json.Unmarshal([]byte(s), &t); err != nil {
			fmt.Println(err)
		}
		fmt.Println(t.UTC())
	}
	// Output:
	// 2024-04-24 23:06:40 +0000 UTC
	// 2024-04-24 23:06:40 +0000 UTC
}

func ExampleEventTypes() {
	for _, typ := range linktree.EventTypes() {
		fmt.Println(typ)
	}
	// Output:
	// link.created
	// link.updated
	// link.deleted
	// profile.updated
	// analytics.milestone
}

// How long a receiver may be down before it loses deliveries.
func ExampleRetrySchedule() {
	var total time.Duration
	for i, wait := range linktree.RetrySchedule() {
		total += wait
		fmt.Printf("retry %d after %v, %v after the first attempt\n", i+1, wait, total)
	}
	fmt.Println("webhook switched off after", linktree.DisabledAfter)
	// Output:
	// retry 1 after 10s, 10s after the first attempt
	// retry 2 after 30s, 40s after the first attempt
	// retry 3 after 1m30s, 2m10s after the first attempt
	// retry 4 after 4m30s, 6m40s after the first attempt
	// retry 5 after 13m30s, 20m10s after the first attempt
	// webhook switched off after 72h0m0s
}
