package inboxtest

import (
	"context"
	"fmt"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

func erasedStaysDone(c *check) {
	b, e, other := c.open(standard), c.entry("a", "link.created"), c.entry("a", "link.created")
	other.Delivery.Tenant = "another"
	c.run(b, "a", func(context.Context, *hooklatch.Delivery) error { return nil })
	c.put(b, e, false, "of an unknown key")
	c.put(b, other, false, "of an unknown key")
	c.until(b, e.Key, inbox.Done)
	c.until(b, other.Key, inbox.Done)
	all := []inbox.State{inbox.Waiting, inbox.Done, inbox.Dead, inbox.DeadLettered, inbox.Discarded}
	n, err := b.Discard(c.ctx, inbox.Filter{Tenant: "acme", States: all}, "ada")
	c.ok(err, "Discard of a tenant")
	r := c.get(b, e.Key)
	if n != 1 || r.State != inbox.Done || r.Payload || r.Delivery.Body != nil {
		c.broken("Discard of a tenant: %d records, %+v", n, r)
	}
	if r := c.get(b, other.Key); !r.Payload || r.State != inbox.Done {
		c.broken("Discard of a tenant changed another's: %+v", r)
	}
	c.put(b, e, true, "of what was erased")
}

func oneBugIsOneGroup(c *check) {
	s := standard
	s.MaxAttempts = 1
	b := c.open(s)
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		if d.Type == "works" {
			return nil
		}
		return fmt.Errorf("link %s of %q: not found", d.ID, d.Tenant)
	})
	for _, typ := range []string{"link.created", "link.deleted", "works", "link.created", "link.created"} {
		e := c.entry("a", typ)
		c.put(b, e, false, "of an unknown key")
		if typ == "works" {
			c.until(b, e.Key, inbox.Done)
		} else {
			c.until(b, e.Key, inbox.Dead)
		}
	}
	groups, err := b.Groups(c.ctx, inbox.Filter{})
	c.ok(err, "Groups")
	if len(groups) != 2 || groups[0].Count != 3 || groups[0].Type != "link.created" || groups[1].Count != 1 || groups[0].First.After(groups[0].Last) {
		c.broken("one bug in three deliveries of one type and one of another: %+v", groups)
	}
	n, err := b.Count(c.ctx, groups[0].Filter(inbox.Filter{}))
	c.ok(err, "Count of a group")
	if n != 3 {
		c.broken("Count by the filter of a group of 3: %d", n)
	}
	if groups, err = b.Groups(c.ctx, inbox.Filter{Type: "link.deleted"}); err != nil || len(groups) != 1 {
		c.broken("Groups of one type: %+v, %v", groups, err)
	}
}
