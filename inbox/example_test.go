package inbox_test

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

// What an operator does on the day after a bug: look how many it hit, and have
// them handled again, not faster than what is behind can bear.
func ExampleBox() {
	_ = func(ctx context.Context, box inbox.Box) error {
		hit := inbox.Filter{Type: "link.created", Error: "nil map", From: time.Now().Add(-24 * time.Hour)}
		o := inbox.ReplayOptions{By: "ada", PerSecond: 20, DryRun: true}
		n, err := box.Replay(ctx, hit, &o)
		if err != nil {
			return err
		}
		fmt.Println(n, "deliveries failed")
		o.DryRun = false
		_, err = box.Replay(ctx, hit, &o)
		return err
	}
}

// After an outage that was longer than the sender's retries: put what the
// provider's API knows of it. What was received after all is a duplicate.
func ExampleFetchedEntry() {
	type event struct{ id, typ, body string }
	_ = func(ctx context.Context, box inbox.Box, events iter.Seq2[event, error]) error {
		for ev, err := range events {
			if err != nil {
				return err
			}
			d := &hooklatch.Delivery{Endpoint: "stripe", Body: []byte(ev.body), Received: time.Now()}
			d.Provider, d.ID, d.Type = "stripe", ev.id, ev.typ
			e, err := inbox.FetchedEntry(d)
			if err != nil {
				return err
			}
			if _, err := box.Put(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
}
