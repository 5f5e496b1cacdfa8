package storetest

import (
	"math"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

var clocks = []behaviour{
	{"longest-durations-are-valid", ruleLongest, longestDurationsAreValid},
	{"clock-back-lengthens-no-lease", ruleClockBack, clockBackLengthensNoLease},
	{"clock-back-keeps-what-is-known", ruleClockBack, clockBackKeepsWhatIsKnown},
	{"clock-forward-keeps-fences-rising", ruleClockForward, clockForwardKeepsFencesRising},
}

func longestDurationsAreValid(c *check) {
	s := c.open()
	time.Sleep(c.unit) // What is added to no time at all can't overflow.
	ctx := c.Context()
	for _, d := range []time.Duration{math.MaxInt64, math.MaxInt64 - time.Microsecond, math.MaxInt64 - time.Second, math.MaxInt64 / 2} {
		inFlight := func(key idempotency.Key, when string) {
			c.Helper()
			claim := c.claim(s, key, long, idempotency.InFlight, when)
			if claim.RetryAfter <= 0 || claim.RetryAfter-d > c.unit/2 {
				c.broken("RetryAfter %s: got %v, want one of (0, %v]", when, claim.RetryAfter, d)
			}
		}
		key := c.key()
		fence := c.claim(s, key, d, idempotency.Granted, "with a lease of "+d.String()).Fence
		inFlight(key, "under a lease of "+d.String())
		c.ok(s.Extend(ctx, key, fence, d), "Extend by "+d.String())
		inFlight(key, "after Extend by "+d.String())
		c.ok(s.Complete(ctx, key, fence, d), "Complete with a retention of "+d.String())
		c.claim(s, key, long, idempotency.Done, "within a retention of "+d.String())

		if guard, ok := s.(idempotency.ReplayGuard); ok {
			digest := c.key()
			c.bind(guard, digest, key, key, d, "of an unknown digest for "+d.String())
			c.bind(guard, digest, c.key(), key, long, "within a ttl of "+d.String())
		}
	}
}

// clocked returns a store whose clock can be set, and what sets it.
func (c *check) clocked() (idempotency.Store, func(by time.Duration)) {
	c.Helper()
	if c.options.Clock == nil {
		c.skip("Options.Clock is nil: the store's clock can't be set")
	}
	return c.clock()
}

func clockBackLengthensNoLease(c *check) {
	s, step := c.clocked()
	// The holders have asked for a unit last, in each way there is.
	claimed, extended, again := c.key(), c.key(), c.request(c.key(), long)
	fences := map[idempotency.Key]uint64{
		claimed:   c.claim(s, claimed, c.unit, idempotency.Granted, "of an unknown key").Fence,
		extended:  c.claim(s, extended, long, idempotency.Granted, "of an unknown key").Fence,
		again.Key: c.send(s, again).Fence,
	}
	c.ok(s.Extend(c.Context(), extended, fences[extended], c.unit), "Extend by the holder")
	again.Lease = c.unit
	c.send(s, again)

	step(-2 * long)
	for key := range fences {
		c.rule = ruleClockBack
		claim := c.claim(s, key, long, idempotency.InFlight, "after the clock was set back")
		if claim.RetryAfter <= 0 || claim.RetryAfter > c.unit+c.unit/2 {
			c.rule = ruleNeverLonger
			c.broken("RetryAfter under a lease of %v, after the clock was set back: got %v", c.unit, claim.RetryAfter)
		}
	}
	c.outlast(c.unit)
	for key, old := range fences {
		c.rule = ruleClockBack
		claim := c.claim(s, key, long, idempotency.Granted, "one lease after a Claim found the clock set back")
		if claim.Fence <= old {
			c.broken("fence after the clock was set back: got %d after %d, want a higher one", claim.Fence, old)
		}
		c.lostAll(s, key, old, "of a holder that was taken over after the clock was set back")
	}
}

func clockBackKeepsWhatIsKnown(c *check) {
	s, step := c.clocked()
	ctx, flying, released, done := c.Context(), c.key(), c.key(), c.key()
	holder := c.claim(s, flying, long, idempotency.Granted, "of an unknown key").Fence
	last := c.claim(s, released, long, idempotency.Granted, "of an unknown key").Fence
	c.ok(s.Release(ctx, released, last), "Release by the holder")
	completed := c.complete(s, done, long)

	step(-2 * long)
	c.rule = ruleClockBack
	c.claim(s, flying, long, idempotency.InFlight, "after the clock was set back")
	c.rule = ruleComplete
	c.ok(s.Complete(ctx, flying, holder, long), "Complete after the clock was set back")
	c.claim(s, flying, long, idempotency.Done, "of a key completed after the clock was set back")
	c.claim(s, done, long, idempotency.Done, "of a key completed before the clock was set back")
	c.rule = ruleTwice
	c.ok(s.Complete(ctx, done, completed, long), "Complete again after the clock was set back")
	c.rule = ruleFence
	if claim := c.claim(s, released, long, idempotency.Granted, "after Release"); claim.Fence <= last {
		c.broken("fence of a released key, after the clock was set back: got %d after %d, want a higher one", claim.Fence, last)
	}
}

func clockForwardKeepsFencesRising(c *check) {
	s, step := c.clocked()
	flying, done, released := c.key(), c.key(), c.key()
	fences := map[idempotency.Key]uint64{
		flying:   c.claim(s, flying, long, idempotency.Granted, "of an unknown key").Fence,
		done:     c.complete(s, done, long),
		released: c.claim(s, released, long, idempotency.Granted, "of an unknown key").Fence,
	}
	c.ok(s.Release(c.Context(), released, fences[released]), "Release by the holder")

	step(2 * long)
	for key, old := range fences {
		claim := c.send(s, c.request(key, long))
		if claim.State != idempotency.Granted {
			continue // A store may notice the step: its leases end in time.
		}
		if claim.Fence <= old {
			c.broken("fence after the clock was set forward: got %d after %d, want a higher one", claim.Fence, old)
		}
		c.lostAll(s, key, old, "of a holder that was taken over after the clock was set forward")
		c.rule = ruleComplete
		c.ok(s.Complete(c.Context(), key, claim.Fence, long), "Complete after the clock was set forward")
		c.claim(s, key, long, idempotency.Done, "of a key completed after the clock was set forward")
		c.rule = ruleClockForward
	}
}
