package inbox_test

import (
	"context"
	"fmt"
	"time"

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
