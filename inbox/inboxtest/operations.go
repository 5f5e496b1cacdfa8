package inboxtest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

var operations = []behaviour{
	{"replay-runs-the-handler-again", ruleReplay, replayRunsAgain},
	{"replay-leaves-the-rest", ruleReplayNot, replayLeavesTheRest},
	{"dry-run-changes-nothing", ruleDryRun, dryRunChangesNothing},
	{"replay-goes-on-where-it-was-cut", ruleSince, replayGoesOn},
	{"discard-drops-the-payload", ruleDiscard, discardDropsThePayload},
	{"discarded-does-not-run", ruleDiscard, discardedDoesNotRun},
	{"erased-stays-done", ruleErase, erasedStaysDone},
	{"one-bug-is-one-group", ruleGroups, oneBugIsOneGroup},
	{"paused-waits-until-resumed", rulePause, pausedWaits},
}

// dead puts n deliveries and makes them Dead, of a handler that fails until it
// is told otherwise.
func (c *check) dead(n int) (b inbox.Runner, entries []inbox.Entry, heal func()) {
	b = c.open(standard)
	var healed atomic.Bool
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		if healed.Load() && d.Replay && (d.Attempt > 1 || d.Type == "first") {
			return nil
		}
		return errors.New("a bug")
	})
	for range n {
		e := c.entry("a", "link.created")
		c.put(b, e, false, "of an unknown key")
		entries = append(entries, e)
	}
	for _, e := range entries {
		c.until(b, e.Key, inbox.Dead)
	}
	return b, entries, func() { healed.Store(true) }
}

func (c *check) replay(b inbox.Box, f inbox.Filter, o *inbox.ReplayOptions, want int) {
	c.Helper()
	n, err := b.Replay(c.ctx, f, o)
	c.ok(err, "Replay")
	if n != want {
		c.broken("Replay with %+v and %+v: %d records, want %d", f, o, n, want)
	}
}

func one(e inbox.Entry) inbox.Filter { return inbox.Filter{Keys: []idempotency.Key{e.Key}} }

func replayRunsAgain(c *check) {
	b, dead, heal := c.dead(2)
	heal()
	c.replay(b, one(dead[0]), &inbox.ReplayOptions{By: "ada"}, 1)
	r := c.until(b, dead[0].Key, inbox.Done)
	if r.Attempts != 2 || r.Replays != 1 {
		c.broken("replayed, one more failure, success: %d attempts, %d replays, want 2 and 1", r.Attempts, r.Replays)
	}
	if len(r.Timeline) != 6 || r.Timeline[3].What != "replayed" || r.Timeline[3].By != "ada" || r.Timeline[3].Time.IsZero() {
		c.broken("the timeline of three failures, a replay, a failure and a success: %+v", r.Timeline)
	}
	if other := c.get(b, dead[1].Key); other.State != inbox.Dead || other.Replays != 0 {
		c.broken("a replay of one changed another: %+v", other)
	}
	// What is done can be had again, too.
	f := one(dead[0])
	c.rule = ruleStates
	c.replay(b, f, nil, 0)
	f.States = []inbox.State{inbox.Done}
	c.replay(b, f, nil, 1)
	c.soon(func() bool { r = c.get(b, dead[0].Key); return r.State == inbox.Done && r.Replays == 2 })
	if r.Replays != 2 {
		c.broken("a replay of what is done: %+v", r)
	}
}

func replayLeavesTheRest(c *check) {
	b := c.open(standard)
	waiting, gone := c.entry("a", "link.created"), c.entry("a", "link.created")
	c.put(b, waiting, false, "of an unknown key")
	c.put(b, gone, false, "of an unknown key")
	all := inbox.Filter{States: []inbox.State{inbox.Waiting, inbox.Done, inbox.Dead, inbox.DeadLettered, inbox.Discarded}}
	f := one(gone)
	f.States = all.States
	if _, err := b.Discard(c.ctx, f, "ada"); err != nil {
		c.broken("Discard: %v", err)
	}
	c.replay(b, all, nil, 0)
	if r := c.get(b, gone.Key); r.State != inbox.Discarded {
		c.broken("a replay of what was discarded: it is %v", r.State)
	}
}

func dryRunChangesNothing(c *check) {
	b, dead, heal := c.dead(2)
	heal()
	c.replay(b, inbox.Filter{}, &inbox.ReplayOptions{DryRun: true}, 2)
	time.Sleep(50 * time.Millisecond)
	for _, e := range dead {
		if r := c.get(b, e.Key); r.State != inbox.Dead || r.Replays != 0 {
			c.broken("after a dry run: %+v", r)
		}
	}
}

func replayGoesOn(c *check) {
	b, dead, _ := c.dead(3)
	begin := time.Now().Add(-time.Millisecond)
	c.replay(b, one(dead[1]), &inbox.ReplayOptions{Since: begin}, 1)
	c.soon(func() bool { r := c.get(b, dead[1].Key); return r.State == inbox.Dead && r.Replays == 1 })
	c.replay(b, inbox.Filter{}, &inbox.ReplayOptions{Since: begin, PerSecond: 100}, 2)
	for _, e := range dead {
		if !c.soon(func() bool { r := c.get(b, e.Key); return r.State == inbox.Dead && r.Replays == 1 }) {
			c.broken("a replay in two calls: %+v, want one replay each", c.get(b, e.Key))
		}
	}
}

func discardDropsThePayload(c *check) {
	b, dead, _ := c.dead(2)
	n, err := b.Discard(c.ctx, one(dead[0]), "ada")
	c.ok(err, "Discard")
	r := c.get(b, dead[0].Key)
	last := r.Timeline[len(r.Timeline)-1]
	if n != 1 || r.State != inbox.Discarded || r.Payload || r.Delivery.Body != nil || r.Delivery.Header != nil || last.What != "discarded" || last.By != "ada" {
		c.broken("Discard of one: %d records, %+v", n, r)
	}
	if other := c.get(b, dead[1].Key); other.State != inbox.Dead || !other.Payload {
		c.broken("a discard of one changed another: %+v", other)
	}
	c.put(b, dead[0], true, "of what was discarded")
}

func discardedDoesNotRun(c *check) {
	b, e, last := c.open(standard), c.entry("a", "link.created"), c.entry("a", "last")
	c.put(b, e, false, "of an unknown key")
	c.rule = ruleStates
	if n, err := b.Discard(c.ctx, inbox.Filter{}, "ada"); err != nil || n != 0 {
		c.broken("Discard without states, while a delivery is waiting: %d, %v, want 0", n, err)
	}
	c.rule = ruleDiscard
	f := one(e)
	f.States = []inbox.State{inbox.Waiting}
	if n, err := b.Discard(c.ctx, f, "ada"); err != nil || n != 1 {
		c.broken("Discard of a waiting delivery: %d, %v, want 1", n, err)
	}
	c.put(b, last, false, "of an unknown key")
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		if d.Type != "last" {
			c.Errorf("the handler ran for a discarded delivery")
		}
		return nil
	})
	c.until(b, last.Key, inbox.Done)
	if r := c.get(b, e.Key); r.State != inbox.Discarded || r.Attempts != 0 {
		c.broken("a discarded delivery after Run: %+v", r)
	}
}
