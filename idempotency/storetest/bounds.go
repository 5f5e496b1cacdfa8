package storetest

import "github.com/hooklatch/hooklatch/idempotency"

var bounds = []behaviour{
	{"full-keeps-claims-in-flight", ruleNotDropped, fullKeepsClaimsInFlight},
	{"full-keeps-the-newest", ruleComplete, fullKeepsTheNewest},
}

// unbounded is how many entries the suite makes in a store without a capacity.
const unbounded = 128

func fullKeepsClaimsInFlight(c *check) {
	s := c.open()
	n := unbounded
	if c.capacity > 0 {
		n = 4 * c.capacity
	}
	keys := make([]idempotency.Key, n)
	fences := make([]uint64, n)
	for i := range keys {
		keys[i] = c.key()
		fences[i] = c.claim(s, keys[i], long, idempotency.Granted, "of an unknown key, with many in flight").Fence
	}
	for range n / 2 {
		c.complete(s, c.key(), long)
	}
	for i, key := range keys {
		c.claim(s, key, long, idempotency.InFlight, "of a claim in flight, after many others")
		c.ok(s.Complete(c.Context(), key, fences[i], long), "Complete after many others")
	}
}

func fullKeepsTheNewest(c *check) {
	s := c.open()
	n, newest := unbounded, unbounded
	if c.capacity > 0 {
		// A store of several parts may be full before it holds so many:
		// half of them it must hold.
		n, newest = 2*c.capacity, (c.capacity+1)/2
	}
	keys := make([]idempotency.Key, n)
	for i := range keys {
		keys[i] = c.key()
		c.complete(s, keys[i], long)
	}
	for _, key := range keys[n-newest:] {
		c.claim(s, key, long, idempotency.Done, "of one of the keys completed last")
	}
}
