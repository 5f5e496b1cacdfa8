package inboxtest

import (
	"bytes"
	"errors"
	"reflect"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

var reads = []behaviour{
	{"get-returns-what-came", ruleGet, getReturnsWhatCame},
	{"unknown-key-is-not-found", ruleNotFound, unknownKeyIsNotFound},
	{"list-in-order-and-in-pages", ruleList, listInOrder},
	{"filters-narrow", ruleFilter, filtersNarrow},
}

func getReturnsWhatCame(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	e.Fetched = true
	e.Delivery.ContentDigest = [32]byte{7, 0, 9}
	e.Delivery.TypeMember = "event"
	c.put(b, e, false, "of an unknown key")
	r := c.get(b, e.Key)
	got, want := *r.Delivery, *e.Delivery
	if !got.Time.Equal(want.Time) || !got.Received.Equal(want.Received) {
		c.broken("times of a record: signed %v, received %v, want %v and %v", got.Time, got.Received, want.Time, want.Received)
	}
	got.Time, got.Received = want.Time, want.Received
	if !reflect.DeepEqual(got, want) {
		c.broken("the Delivery of a record is %+v, want %+v", got, want)
	}
	if r.Key != e.Key || r.Fingerprint != e.Fingerprint || !r.Fetched {
		c.broken("the record is %+v, want key and fingerprint of the entry, fetched", r)
	}
}

func unknownKeyIsNotFound(c *check) {
	if _, err := c.open(standard).Get(c.ctx, c.entry("a", "x").Key); !errors.Is(err, inbox.ErrNotFound) {
		c.broken("Get of an unknown key: %v", err)
	}
}

func listInOrder(c *check) {
	b := c.open(standard)
	var want []idempotency.Key
	for range 7 {
		e := c.entry("a", "link.created")
		c.put(b, e, false, "of an unknown key")
		want = append(want, e.Key)
	}
	var got []idempotency.Key
	p := inbox.Page{Limit: 3}
	for range 4 {
		records, err := b.List(c.ctx, inbox.Filter{}, &p)
		c.ok(err, "List")
		if len(records) > p.Limit {
			c.broken("a page of at most %d has %d records", p.Limit, len(records))
		}
		for _, r := range records {
			if r.Delivery.Header != nil || r.Delivery.Body != nil || !r.Payload {
				c.broken("List returned a payload, or says that there is none: %+v", r)
			}
			got = append(got, r.Key)
			p.After = r.Seq
		}
	}
	if !reflect.DeepEqual(got, want) {
		c.broken("List returned %d records, not the %d in their order", len(got), len(want))
	}
}

func filtersNarrow(c *check) {
	b := c.open(standard)
	begin := time.Now().Add(-time.Second)
	one, two := c.entry("a", "link.created"), c.entry("b", "link.deleted")
	one.Delivery.Tenant, two.Delivery.Tenant = "acme", "zenith"
	one.Delivery.Provider, two.Delivery.Provider = "test", "other"
	c.put(b, one, false, "of an unknown key")
	c.put(b, two, false, "of an unknown key")
	for _, f := range []inbox.Filter{
		{Endpoint: "a"},
		{Provider: "test"},
		{Tenant: "acme"},
		{Type: "link.created"},
		{Keys: []idempotency.Key{one.Key}},
		{Endpoint: "a", States: []inbox.State{inbox.Done, inbox.Waiting}, From: begin, Before: time.Now().Add(time.Minute)},
	} {
		c.finds(b, f, one.Key)
	}
	for _, f := range []inbox.Filter{
		{Endpoint: "a", Type: "link.deleted"},
		{States: []inbox.State{inbox.Dead}},
		{Before: begin},
		{From: time.Now().Add(time.Minute)},
		{Error: "no error has this"},
		{Type: "link"},
	} {
		c.finds(b, f)
	}
	c.finds(b, inbox.Filter{}, one.Key, two.Key)
}

// finds wants List and Count to find these.
func (c *check) finds(b inbox.Box, f inbox.Filter, want ...idempotency.Key) {
	c.Helper()
	records, err := b.List(c.ctx, f, nil)
	c.ok(err, "List")
	n, err := b.Count(c.ctx, f)
	c.ok(err, "Count")
	same := len(records) == len(want) && n == len(want)
	for i := range min(len(records), len(want)) {
		same = same && bytes.Equal(records[i].Key[:], want[i][:])
	}
	if !same {
		c.broken("List with %+v found %d records, Count says %d, want %d of the right keys", f, len(records), n, len(want))
	}
}
