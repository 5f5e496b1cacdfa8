package inboxtest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

var puts = []behaviour{
	{"put-makes-it-waiting", rulePut, putMakesItWaiting},
	{"duplicate-changes-nothing", rulePut, duplicateChangesNothing},
	{"one-put-of-many", ruleOnePut, onePutOfMany},
	{"put-keeps-nothing-of-the-caller", ruleKeeps, putKeepsNothing},
	{"known-digest-is-a-duplicate", ruleDigest, knownDigestIsADuplicate},
	{"ended-context-is-an-error", ruleError, endedContextIsAnError},
}

func putMakesItWaiting(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	receipt := c.put(b, e, false, "of an unknown key")
	if receipt.Key != e.Key || receipt.Fingerprint != e.Fingerprint {
		c.rule = ruleReceipt
		c.broken("Receipt: got %+v, want the entry's own key and fingerprint", receipt)
	}
	if r := c.get(b, e.Key); r.State != inbox.Waiting || !r.Payload || r.Seq <= 0 || r.Stored.IsZero() || !r.Ended.IsZero() {
		c.broken("after Put the record is %+v", r)
	}
}

func duplicateChangesNothing(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	c.put(b, e, false, "of an unknown key")
	before := c.get(b, e.Key)
	other := c.entry("a", "link.deleted")
	other.Key = e.Key
	receipt := c.put(b, other, true, "of a known key")
	if receipt.Fingerprint != e.Fingerprint || receipt.Key != e.Key {
		c.rule = ruleReceipt
		c.broken("Receipt of a duplicate: got %+v, want the first one's key and fingerprint", receipt)
	}
	after := c.get(b, e.Key)
	if !bytes.Equal(after.Delivery.Body, e.Delivery.Body) || after.Seq != before.Seq || after.Delivery.Type != "link.created" {
		c.broken("a duplicate changed the record: %+v", after)
	}
}

func onePutOfMany(c *check) {
	b := c.open(standard)
	for range 5 {
		const n = 24
		e := c.entry("a", "link.created")
		var stored atomic.Int32
		var failed atomic.Pointer[error]
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() {
				receipt, err := b.Put(c.ctx, e)
				if err != nil {
					failed.Store(&err)
				} else if !receipt.Duplicate {
					stored.Add(1)
				}
			})
		}
		wg.Wait()
		if err := failed.Load(); err != nil {
			c.broken("Put: %v", *err)
		}
		if got := stored.Load(); got != 1 {
			c.broken("%d of %d Puts at once stored the delivery, want 1", got, n)
		}
	}
}

func putKeepsNothing(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	body := bytes.Clone(e.Delivery.Body)
	c.put(b, e, false, "of an unknown key")
	clear(e.Delivery.Body)
	e.Delivery.Header.Set("X-Test", "changed")
	e.Delivery.Type = "changed"
	r := c.get(b, e.Key)
	if !bytes.Equal(r.Delivery.Body, body) || r.Delivery.Header.Get("X-Test") != "one" || r.Delivery.Type != "link.created" {
		c.broken("what the caller changed after Put is in the record: %q %v %s", r.Delivery.Body, r.Delivery.Header, r.Delivery.Type)
	}
}

func knownDigestIsADuplicate(c *check) {
	b := c.open(standard)
	for window := time.Second; window < time.Minute; window *= 4 {
		if c.digests(b, window) {
			return
		}
	}
	c.Fatalf("calls are too slow to check a window")
}

// digests checks one window. It returns false if the machine was too slow for
// it: then nothing can be said.
func (c *check) digests(b inbox.Box, window time.Duration) bool {
	bound := func() inbox.Entry {
		e := c.entry("a", "link.created")
		e.Digest, e.Window = [32]byte{1, byte(window / time.Second)}, window
		return e
	}
	begin := time.Now()
	first := bound()
	c.put(b, first, false, "of an unknown digest")
	end := time.Now().Add(window)
	for _, at := range []time.Duration{0, window * 6 / 10} { // neither refreshes it
		time.Sleep(time.Until(begin.Add(at)))
		again := bound()
		receipt, err := b.Put(c.ctx, again)
		if time.Since(begin) > window*9/10 {
			return false
		}
		c.ok(err, "Put of a known digest")
		if !receipt.Duplicate || receipt.Key != first.Key {
			c.broken("Put of a known digest: %+v, want a duplicate of %v", receipt, first.Key)
		}
		if _, err := b.Get(c.ctx, again.Key); !errors.Is(err, inbox.ErrNotFound) {
			c.broken("Get of the key that came with a known digest: %v, want ErrNotFound", err)
		}
	}
	time.Sleep(time.Until(end) + window/10)
	begin = time.Now()
	late := bound()
	c.put(b, late, false, "of a digest whose window has ended")
	receipt, err := b.Put(c.ctx, bound())
	if time.Since(begin) > window*9/10 {
		return false
	}
	c.ok(err, "Put of a digest that is bound anew")
	if receipt.Key != late.Key {
		c.broken("a digest that is bound anew: key %v, want %v", receipt.Key, late.Key)
	}
	return true
}

func endedContextIsAnError(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	_, errPut := b.Put(ctx, e)
	_, errGet := b.Get(ctx, e.Key)
	_, errList := b.List(ctx, inbox.Filter{}, nil)
	_, errCount := b.Count(ctx, inbox.Filter{})
	_, errReplay := b.Replay(ctx, inbox.Filter{Keys: []idempotency.Key{e.Key}}, nil)
	_, errDiscard := b.Discard(ctx, inbox.Filter{Keys: []idempotency.Key{e.Key}}, "test")
	for i, err := range []error{errPut, errGet, errList, errCount, errReplay, errDiscard} {
		if err == nil || errors.Is(err, inbox.ErrNotFound) {
			c.broken("%s with an ended context: got %v, want its error", []string{"Put", "Get", "List", "Count", "Replay", "Discard"}[i], err)
		}
	}
}
