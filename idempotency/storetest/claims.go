package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

var claims = []behaviour{
	{"first-claim-is-granted", ruleGranted, firstClaimIsGranted},
	{"one-winner-of-many", ruleOneGranted, oneWinnerOfMany},
	{"second-claim-is-in-flight", ruleElse, secondClaimIsInFlight},
	{"same-owner-gets-the-same-claim", ruleSameOwner, sameOwnerGetsTheSameClaim},
	{"fingerprint-is-the-holders", ruleFingerprint, fingerprintIsTheHolders},
	{"release-gives-a-higher-fence", ruleRelease, releaseGivesAHigherFence},
	{"released-claim-is-lost", ruleNotInFlight, releasedClaimIsLost},
	{"unknown-key-is-lost", ruleNotInFlight, unknownKeyIsLost},
	{"other-fence-is-lost", ruleNotInFlight, otherFenceIsLost},
	{"different-keys-are-apart", ruleKeys, differentKeysAreApart},
	{"namespaces-are-isolated", ruleIsolated, namespacesAreIsolated},
	{"each-takes-effect-once", ruleOnce, eachTakesEffectOnce},
}

func firstClaimIsGranted(c *check) {
	s := c.open()
	claim := c.claim(s, c.key(), long, idempotency.Granted, "of an unknown key")
	if claim.RetryAfter != 0 {
		c.rule = ruleRetryAfter
		c.broken("RetryAfter of a grant: got %v, want 0", claim.RetryAfter)
	}
}

func oneWinnerOfMany(c *check) {
	s := c.open()
	for range 10 {
		c.race(s, c.key())
	}
}

func secondClaimIsInFlight(c *check) {
	s, key := c.open(), c.key()
	c.claim(s, key, long, idempotency.Granted, "of an unknown key")
	for range 3 {
		// The second asks for more: its own lease is not the holder's.
		claim := c.claim(s, key, 10*long, idempotency.InFlight, "of a claim in flight")
		if claim.RetryAfter <= 0 || claim.RetryAfter > long+c.unit/2 {
			c.rule = ruleRetryAfter
			c.broken("RetryAfter under a lease of %v: got %v", long, claim.RetryAfter)
		}
		if claim.Fence != 0 {
			c.rule = ruleFenceZero
			c.broken("Fence of an InFlight: got %d, want 0", claim.Fence)
		}
	}
}

func sameOwnerGetsTheSameClaim(c *check) {
	s, key := c.open(), c.key()
	r := c.request(key, c.unit)
	first := c.send(s, r)
	r.Lease = long
	again := c.send(s, r)
	if again.State != idempotency.Granted || again.Fence != first.Fence {
		c.broken("the holder's Claim sent again: got %v, fence %d, want granted, fence %d", again.State, again.Fence, first.Fence)
	}
	c.outlast(c.unit)
	c.claim(s, key, long, idempotency.InFlight, "after the first lease, with the Claim resent under a longer one")
	c.ok(s.Complete(c.Context(), key, first.Fence, long), "Complete after the Claim was sent twice")
}

func fingerprintIsTheHolders(c *check) {
	s, key := c.open(), c.key()
	want := func(claim idempotency.Claim, state idempotency.State, holder idempotency.Request) {
		c.Helper()
		if claim.State != state || claim.Fingerprint != holder.Fingerprint {
			c.broken("got %v with fingerprint %x, want %v with %x", claim.State, claim.Fingerprint, state, holder.Fingerprint)
		}
	}
	first, second, other := c.request(key, long), c.request(key, long), c.request(key, long)

	claim := c.send(s, first)
	want(claim, idempotency.Granted, first)
	want(c.send(s, other), idempotency.InFlight, first)
	c.ok(s.Release(c.Context(), key, claim.Fence), "Release by the holder")

	claim = c.send(s, second)
	want(claim, idempotency.Granted, second)
	want(c.send(s, other), idempotency.InFlight, second)
	c.ok(s.Complete(c.Context(), key, claim.Fence, long), "Complete by the holder")
	want(c.send(s, other), idempotency.Done, second)
	want(c.send(s, first), idempotency.Done, second)
}

func releaseGivesAHigherFence(c *check) {
	s, key := c.open(), c.key()
	claim := c.claim(s, key, long, idempotency.Granted, "of an unknown key")
	for range 3 {
		c.ok(s.Release(c.Context(), key, claim.Fence), "Release by the holder")
		next := c.claim(s, key, long, idempotency.Granted, "after Release")
		if next.Fence <= claim.Fence {
			c.rule = ruleFence
			c.broken("fence after Release: got %d after %d, want a higher one", next.Fence, claim.Fence)
		}
		claim = next
	}
}

func releasedClaimIsLost(c *check) {
	s, key := c.open(), c.key()
	fence := c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
	c.ok(s.Release(c.Context(), key, fence), "Release by the holder")
	c.lostAll(s, key, fence, "after Release")
	c.claim(s, key, long, idempotency.Granted, "after Release and late calls")
}

func unknownKeyIsLost(c *check) {
	s, key := c.open(), c.key()
	for _, fence := range []uint64{0, 1, 1 << 40} {
		c.lostAll(s, key, fence, "of an unknown key")
	}
	c.rule = ruleGranted
	c.claim(s, key, long, idempotency.Granted, "of an unknown key after calls that spoke of it")
}

func otherFenceIsLost(c *check) {
	s, key := c.open(), c.key()
	fence := c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
	for _, other := range []uint64{fence - 1, fence + 1} {
		c.lostAll(s, key, other, "under a fence that is not the holder's")
	}
	c.claim(s, key, long, idempotency.InFlight, "after calls under another fence")
	c.ok(s.Complete(c.Context(), key, fence, long), "Complete by the holder, after calls under another fence")
}

// lostAll wants ErrLost from each of the holder's calls.
func (c *check) lostAll(s idempotency.Store, key idempotency.Key, fence uint64, when string) {
	c.Helper()
	c.rule = ruleNotInFlight
	c.lost(s.Extend(c.Context(), key, fence, long), "Extend "+when)
	c.rule = ruleNotDone
	c.lost(s.Complete(c.Context(), key, fence, long), "Complete "+when)
	c.rule = ruleNotInFlight
	c.lost(s.Release(c.Context(), key, fence), "Release "+when)
}

func differentKeysAreApart(c *check) {
	s := c.open()
	for _, k := range [][3]string{
		{"linktree", "", "1"},
		{"linktree", "a", "1"},
		{"linktree", "b", "1"},
		{"github", "", "1"},
		{"github", "a", "1"},
		{"linktree", "", "2"},
		{"linktree", "a1", ""},
		{"", "linktree", "1"},
	} {
		key := idempotency.NewKey(idempotency.Identity{Provider: k[0], Tenant: k[1], ID: k[2]})
		claim := c.claim(s, key, long, idempotency.Granted, "of an identity not seen before")
		c.ok(s.Complete(c.Context(), key, claim.Fence, long), "Complete by the holder")
	}
}

func namespacesAreIsolated(c *check) {
	a, b, flying, done := c.open(), c.open(), c.key(), c.key()
	c.claim(a, flying, long, idempotency.Granted, "of an unknown key")
	claim := c.claim(a, done, long, idempotency.Granted, "of an unknown key")
	c.ok(a.Complete(c.Context(), done, claim.Fence, long), "Complete by the holder")

	c.claim(b, flying, long, idempotency.Granted, "of a key in flight in another store")
	c.claim(b, done, long, idempotency.Granted, "of a key done in another store")
	c.claim(a, flying, long, idempotency.InFlight, "of a key that another store has seen too")
}

// eachTakesEffectOnce is the storm: many senders, each id by each of them, and
// handlers that fail at random.
func eachTakesEffectOnce(c *check) {
	const senders, ids = 8, 12
	s, ctx := c.open(), c.Context()
	var (
		keys    [ids]idempotency.Key
		effects [ids]atomic.Int32
		failure atomic.Pointer[error]
	)
	for i := range keys {
		keys[i] = c.key()
	}
	atOnce(senders, func(int) {
		for _, i := range rand.Perm(ids) {
			if err := c.deliver(ctx, s, keys[i], &effects[i]); err != nil {
				failure.Store(&err)
				return
			}
		}
	})
	if err := failure.Load(); err != nil {
		c.broken("a call in the storm: %v", *err)
	}
	for i := range effects {
		if n := effects[i].Load(); n != 1 {
			c.broken("%d senders of one id: took effect %d times, want once", senders, n)
		}
	}
}

// deliver claims the key until it is done. When it is granted, it takes effect
// and completes, or fails and releases.
func (c *check) deliver(ctx context.Context, s idempotency.Store, key idempotency.Key, effects *atomic.Int32) error {
	for range 1000 {
		claim, err := s.Claim(ctx, c.request(key, long))
		switch {
		case err != nil:
			return err
		case claim.State == idempotency.Done:
			return nil
		case claim.State == idempotency.InFlight:
			time.Sleep(c.unit / 50)
			continue
		}
		if rand.N(3) == 0 {
			err = s.Release(ctx, key, claim.Fence)
		} else {
			effects.Add(1)
			err = s.Complete(ctx, key, claim.Fence, long)
		}
		if err != nil {
			return err
		}
	}
	return errors.New("a key is not done after 1000 Claims and a Complete of each that was granted")
}
