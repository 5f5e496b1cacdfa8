package storetest

import (
	"context"
	"errors"

	"github.com/hooklatch/hooklatch/idempotency"
)

var forgetting = []behaviour{
	{"forgotten-is-granted-anew", ruleForget, forgottenIsGrantedAnew},
	{"forget-tells-what-it-forgot", ruleForget, forgetTellsWhatItForgot},
	{"forget-leaves-claims-in-flight", ruleForgetInFlight, forgetLeavesClaimsInFlight},
	{"forget-has-one-winner", ruleAtomic, forgetHasOneWinner},
	{"forget-is-apart", ruleForgetBound, forgetIsApart},
	{"forget-refuses", ruleError, forgetRefuses},
}

// forgetter returns s as the Forgetter that it may be.
func (c *check) forgetter(s idempotency.Store) idempotency.Forgetter {
	c.Helper()
	f, ok := s.(idempotency.Forgetter)
	if !ok {
		c.skip("the store is not an idempotency.Forgetter")
	}
	return f
}

// forget wants Forget to report whether key was done.
func (c *check) forget(f idempotency.Forgetter, key idempotency.Key, want bool, when string) {
	c.Helper()
	got, err := f.Forget(c.Context(), key)
	if err != nil {
		c.broken("Forget %s: got %q, want no error", when, err)
	}
	if got != want {
		c.broken("Forget %s: got %v, want %v", when, got, want)
	}
}

func forgottenIsGrantedAnew(c *check) {
	s, key := c.open(), c.key()
	f := c.forgetter(s)
	old := c.complete(s, key, long)
	for range 3 {
		c.rule = ruleForget
		c.forget(f, key, true, "of a completed key")
		c.rule = ruleForgotten
		c.lost(s.Complete(c.Context(), key, old, long), "Complete under a forgotten fence")
		next := c.claim(s, key, long, idempotency.Granted, "after Forget").Fence
		if next <= old {
			c.broken("fence after Forget: got %d after %d, want a higher one", next, old)
		}
		c.lostAll(s, key, old, "of the holder whose mark was forgotten")
		c.ok(s.Complete(c.Context(), key, next, long), "Complete of the new holder, after Forget")
		c.claim(s, key, long, idempotency.Done, "of a key that was completed again after Forget")
		old = next
	}
}

func forgetTellsWhatItForgot(c *check) {
	s := c.open()
	f, key := c.forgetter(s), c.key()
	c.rule = ruleForgetUnknown
	c.forget(f, key, false, "of an unknown key")
	fence := c.claim(s, key, long, idempotency.Granted, "of an unknown key that was forgotten").Fence
	c.ok(s.Release(c.Context(), key, fence), "Release by the holder")
	c.forget(f, key, false, "of a released key")

	next := c.complete(s, key, c.unit)
	if next <= fence {
		c.rule = ruleFence
		c.broken("fence after Release and Forget: got %d after %d, want a higher one", next, fence)
	}
	c.outlast(c.unit)
	c.forget(f, key, false, "after the retention")

	fence = c.complete(s, key, long)
	if fence <= next {
		c.rule = ruleFence
		c.broken("fence after the retention and Forget: got %d after %d, want a higher one", fence, next)
	}
	c.rule = ruleForget
	c.forget(f, key, true, "of a completed key")
	c.forget(f, key, false, "of a key that was forgotten before")
}

func forgetLeavesClaimsInFlight(c *check) {
	s := c.open()
	f := c.forgetter(s)
	refused := func(key idempotency.Key, when string) {
		c.Helper()
		c.rule = ruleForgetInFlight
		if got, err := f.Forget(c.Context(), key); got || !errors.Is(err, idempotency.ErrInFlight) {
			c.broken("Forget %s: got %v, %v, want ErrInFlight", when, got, err)
		}
	}
	key := c.key()
	fence := c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
	refused(key, "of a claim in flight")
	c.claim(s, key, long, idempotency.InFlight, "of a claim in flight that was to be forgotten")
	c.ok(s.Complete(c.Context(), key, fence, long), "Complete by the holder, after Forget")
	c.claim(s, key, long, idempotency.Done, "of a key that was completed after Forget")

	key = c.key()
	fence = c.claim(s, key, c.unit, idempotency.Granted, "of an unknown key").Fence
	c.outlast(c.unit)
	refused(key, "of a claim whose lease has run out")
	c.ok(s.Complete(c.Context(), key, fence, long), "Complete after the lease and Forget")
	c.claim(s, key, long, idempotency.Done, "of a key that was completed after Forget")
}

func forgetHasOneWinner(c *check) {
	s, ctx := c.open(), c.Context()
	f := c.forgetter(s)
	const n = 24
	for range 5 {
		var (
			key  = c.key()
			got  [n]bool
			errs [n]error
		)
		c.complete(s, key, long)
		atOnce(n, func(i int) { got[i], errs[i] = f.Forget(ctx, key) })
		winners := 0
		for i := range got {
			if errs[i] != nil {
				c.Fatalf("Forget: %v", errs[i])
			}
			if got[i] {
				winners++
			}
		}
		if winners != 1 {
			c.broken("%d Forgets at once: %d report that the key was done, want 1", n, winners)
		}
	}
}

func forgetIsApart(c *check) {
	s, other := c.open(), c.open()
	f, key, beside := c.forgetter(s), c.key(), c.key()
	c.complete(s, key, long)
	c.complete(s, beside, long)
	c.complete(other, key, long)
	guard, guards := s.(idempotency.ReplayGuard)
	digest := c.key()
	if guards {
		c.bind(guard, digest, key, key, long, "of an unknown digest")
		c.bind(guard, key, beside, beside, long, "of a digest with the bytes of a key")
	}
	c.rule = ruleForget
	c.forget(f, key, true, "of a completed key")
	if guards {
		c.rule = ruleForgetBound
		c.bind(guard, digest, beside, key, long, "of a digest whose key was forgotten")
		c.bind(guard, key, key, beside, long, "of a digest with the bytes of a key that was forgotten")
	}
	c.rule = ruleComplete
	c.claim(s, beside, long, idempotency.Done, "of a completed key, after Forget of another")
	c.rule = ruleIsolated
	c.claim(other, key, long, idempotency.Done, "of a completed key, after Forget of it in another store")
}

func forgetRefuses(c *check) {
	s, key := c.open(), c.key()
	f := c.forgetter(s)
	ended, cancel := context.WithCancel(c.Context())
	cancel()
	c.complete(s, key, long)
	got, err := f.Forget(ended, key)
	c.failed(idempotency.Claim{}, err, "Forget under an ended context")
	if got {
		c.broken("Forget under an ended context: got true with the error, want false")
	}
}
