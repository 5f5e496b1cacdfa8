package storetest

import (
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

var leases = []behaviour{
	{"lease-runs-out", ruleGranted, leaseRunsOut},
	{"takeover-has-one-winner", ruleOneGranted, takeoverHasOneWinner},
	{"zombie-is-refused", ruleNotDone, zombieIsRefused},
	{"expired-claim-still-completes", ruleLateComplete, expiredClaimStillCompletes},
	{"extend-keeps-alive", ruleExtend, extendKeepsAlive},
	{"extend-counts-from-now", ruleExtend, extendCountsFromNow},
	{"extend-revives", ruleRevive, extendRevives},
	{"duplicate-does-not-refresh-the-lease", ruleNoRefresh, duplicateDoesNotRefreshTheLease},
}

// takeover returns the fences of a holder whose lease ran out and of the one
// who took over.
func (c *check) takeover(s idempotency.Store, key idempotency.Key) (old, holder uint64) {
	c.Helper()
	old = c.claim(s, key, c.unit, idempotency.Granted, "of an unknown key").Fence
	c.outlast(c.unit)
	holder = c.claim(s, key, long, idempotency.Granted, "after the lease has run out").Fence
	return old, holder
}

func leaseRunsOut(c *check) {
	s, key := c.open(), c.key()
	old, holder := c.takeover(s, key)
	if holder <= old {
		c.rule = ruleFence
		c.broken("fence after a takeover: got %d after %d, want a higher one", holder, old)
	}
	c.claim(s, key, long, idempotency.InFlight, "after a takeover")
	c.rule = ruleComplete
	c.ok(s.Complete(c.Context(), key, holder, long), "Complete of the new holder")
}

func takeoverHasOneWinner(c *check) {
	s := c.open()
	keys := make([]idempotency.Key, 8)
	fences := make([]uint64, len(keys))
	for i := range keys {
		keys[i] = c.key()
		fences[i] = c.claim(s, keys[i], c.unit, idempotency.Granted, "of an unknown key").Fence
	}
	c.outlast(c.unit)
	for i, key := range keys {
		if winner := c.race(s, key); winner.Fence <= fences[i] {
			c.rule = ruleFence
			c.broken("fence after a takeover: got %d after %d, want a higher one", winner.Fence, fences[i])
		}
	}
}

func zombieIsRefused(c *check) {
	s, key := c.open(), c.key()
	ctx := c.Context()
	c.rule = ruleGranted
	old, holder := c.takeover(s, key)

	c.lostAll(s, key, old, "of the old holder")
	c.rule = ruleLost
	c.claim(s, key, long, idempotency.InFlight, "after calls of the old holder")
	c.ok(s.Complete(ctx, key, holder, long), "Complete of the new holder, after calls of the old one")

	c.lostAll(s, key, old, "of the old holder, with the key done")
	c.rule = ruleComplete
	c.claim(s, key, long, idempotency.Done, "after late calls of the old holder")
}

func expiredClaimStillCompletes(c *check) {
	s, key := c.open(), c.key()
	fence := c.claim(s, key, c.unit, idempotency.Granted, "of an unknown key").Fence
	c.outlast(c.unit)
	c.ok(s.Complete(c.Context(), key, fence, long), "Complete after the lease, with no takeover")
	c.claim(s, key, long, idempotency.Done, "after a late Complete")
}

func extendKeepsAlive(c *check) {
	s, key := c.open(), c.key()
	fence := c.claim(s, key, c.unit, idempotency.Granted, "of an unknown key").Fence
	c.ok(s.Extend(c.Context(), key, fence, long), "Extend by the holder")
	c.outlast(c.unit)
	c.claim(s, key, long, idempotency.InFlight, "after the first lease, which was extended")
	c.ok(s.Complete(c.Context(), key, fence, long), "Complete under the fence of a claim that was extended")
}

func extendCountsFromNow(c *check) {
	s, key := c.open(), c.key()
	fence := c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
	c.ok(s.Extend(c.Context(), key, fence, c.unit), "Extend by the holder")
	c.outlast(c.unit)
	c.claim(s, key, long, idempotency.Granted, "after the lease that Extend gave, shorter than the one before")
}

func extendRevives(c *check) {
	s, key := c.open(), c.key()
	fence := c.claim(s, key, c.unit, idempotency.Granted, "of an unknown key").Fence
	c.outlast(c.unit)
	c.ok(s.Extend(c.Context(), key, fence, long), "Extend after the lease, with no takeover")
	c.claim(s, key, long, idempotency.InFlight, "after a late Extend")
	c.ok(s.Complete(c.Context(), key, fence, long), "Complete after a late Extend")
}

func duplicateDoesNotRefreshTheLease(c *check) {
	s := c.open()
	c.paced(func(lease time.Duration) bool {
		key, before := c.key(), time.Now()
		c.claim(s, key, lease, idempotency.Granted, "of an unknown key")
		time.Sleep(lease / 2)
		if claim := c.send(s, c.request(key, long)); claim.State == idempotency.Granted {
			if took := time.Since(before); took < lease {
				c.rule = ruleLease
				c.broken("Claim within %v of a lease of %v: got granted, want in-flight", took, lease)
			}
			return false
		}
		time.Sleep(time.Until(before.Add(lease)))
		c.outlast(0)
		c.claim(s, key, long, idempotency.Granted, "after the lease, with a duplicate in between")
		return true
	})
}
