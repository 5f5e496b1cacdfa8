package inboxtest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

func pausedWaits(c *check) {
	b := c.open(standard)
	c.ok(b.Pause(c.ctx, "a", "link.created", "ada"), "Pause")
	c.ok(b.Pause(c.ctx, "a", "link.created", "bob"), "Pause of what is paused")
	c.run(b, "a", func(context.Context, *hooklatch.Delivery) error { return nil })
	before, after, other := c.entry("a", "link.created"), c.entry("a", "link.created"), c.entry("a", "link.deleted")
	c.put(b, before, false, "of a paused type")
	c.put(b, other, false, "of another type")
	c.until(b, other.Key, inbox.Done)
	c.put(b, after, false, "of a paused type")
	time.Sleep(200 * time.Millisecond)
	for _, e := range []inbox.Entry{before, after} {
		if r := c.get(b, e.Key); r.State != inbox.Waiting || r.Attempts != 0 || len(r.Timeline) != 0 {
			c.broken("a delivery of a paused type: %+v", r)
		}
	}
	pauses, err := b.Pauses(c.ctx)
	c.ok(err, "Pauses")
	if len(pauses) != 1 || pauses[0].Endpoint != "a" || pauses[0].Type != "link.created" || pauses[0].By != "ada" || pauses[0].Since.IsZero() {
		c.broken("Pauses: %+v", pauses)
	}

	// A pause of the whole endpoint holds what the other let go.
	c.ok(b.Pause(c.ctx, "a", "", "ada"), "Pause of an endpoint")
	c.resume(b, "link.created", true)
	time.Sleep(200 * time.Millisecond)
	if r := c.get(b, before.Key); r.State != inbox.Waiting {
		c.broken("a delivery of a paused endpoint, after another pause has ended: %+v", r)
	}
	c.resume(b, "", true)
	c.until(b, before.Key, inbox.Done)
	c.until(b, after.Key, inbox.Done)
	c.resume(b, "", false)
}

func (c *check) resume(b inbox.Box, eventType string, want bool) {
	c.Helper()
	was, err := b.Resume(c.ctx, "a", eventType)
	c.ok(err, "Resume")
	if was != want {
		c.broken("Resume says %v, want %v", was, want)
	}
}
