package storetest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

var faults = []behaviour{
	{"ended-context-is-an-error", ruleError, endedContextIsAnError},
	{"durations-must-be-positive", ruleLeaseValid, durationsMustBePositive},
	{"outage-is-an-error", ruleGuess, outageIsAnError},
}

func endedContextIsAnError(c *check) {
	s := c.open()
	live := c.Context()
	ended, cancel := context.WithCancel(live)
	cancel()

	r := c.request(c.key(), long)
	claim, err := s.Claim(ended, r)
	c.failed(claim, err, "Claim under an ended context")
	// Whether it came through or not, its owner can send it again.
	if claim = c.send(s, r); claim.State != idempotency.Granted {
		c.broken("Claim again after one under an ended context: got %v, want granted", claim.State)
	}
	key, fence := r.Key, claim.Fence
	c.failed(idempotency.Claim{}, s.Extend(ended, key, fence, long), "Extend under an ended context")
	c.failed(idempotency.Claim{}, s.Complete(ended, key, fence, long), "Complete under an ended context")
	c.ok(s.Complete(live, key, fence, long), "Complete again after one under an ended context")
	c.claim(s, key, long, idempotency.Done, "after Complete")

	key = c.key()
	fence = c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
	c.failed(idempotency.Claim{}, s.Release(ended, key, fence), "Release under an ended context")
}

func durationsMustBePositive(c *check) {
	s := c.open()
	ctx := c.Context()
	for _, d := range []time.Duration{0, -1, -long} {
		c.rule = ruleLeaseValid
		key := c.key()
		claim, err := s.Claim(ctx, c.request(key, d))
		c.failed(claim, err, "Claim with a lease of "+d.String())
		fence := c.claim(s, key, long, idempotency.Granted, "after one with a lease of "+d.String()).Fence

		c.rule = ruleExtend
		c.failed(idempotency.Claim{}, s.Extend(ctx, key, fence, d), "Extend by "+d.String())
		c.claim(s, key, long, idempotency.InFlight, "after Extend by "+d.String())

		c.rule = ruleComplete
		c.failed(idempotency.Claim{}, s.Complete(ctx, key, fence, d), "Complete with a retention of "+d.String())
		c.claim(s, key, long, idempotency.InFlight, "after Complete with a retention of "+d.String())
	}
}

func outageIsAnError(c *check) {
	if c.down == nil {
		c.skip("Options.Down is nil: the store can't fail")
	}
	s, key := c.down(), c.key()
	const budget = time.Second
	within := func(name string, call func(ctx context.Context) (idempotency.Claim, error)) {
		c.Helper()
		ctx, cancel := context.WithTimeout(c.Context(), budget)
		defer cancel()
		start := time.Now()
		claim, err := call(ctx)
		c.failed(claim, err, name+" with the backend down")
		if took := time.Since(start); took > 5*budget {
			c.rule = ruleError
			c.broken("%s with the backend down: took %v, want at most the context's %v", name, took, budget)
		}
	}
	within("Claim", func(ctx context.Context) (idempotency.Claim, error) {
		return s.Claim(ctx, c.request(key, long))
	})
	within("Extend", func(ctx context.Context) (idempotency.Claim, error) {
		return idempotency.Claim{}, s.Extend(ctx, key, 1, long)
	})
	within("Complete", func(ctx context.Context) (idempotency.Claim, error) {
		return idempotency.Claim{}, s.Complete(ctx, key, 1, long)
	})
	within("Release", func(ctx context.Context) (idempotency.Claim, error) {
		return idempotency.Claim{}, s.Release(ctx, key, 1)
	})
	if b, ok := s.(idempotency.ReplayGuard); ok {
		within("Bind", func(ctx context.Context) (idempotency.Claim, error) {
			_, err := b.Bind(ctx, key, key, long)
			return idempotency.Claim{}, err
		})
	}
	if f, ok := s.(idempotency.Forgetter); ok {
		within("Forget", func(ctx context.Context) (idempotency.Claim, error) {
			_, err := f.Forget(ctx, key)
			return idempotency.Claim{}, err
		})
	}
}
