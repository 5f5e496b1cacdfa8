package storetest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

var bindings = []behaviour{
	{"bind-first-key-wins", ruleBind, bindFirstKeyWins},
	{"bind-has-one-winner", ruleBind, bindHasOneWinner},
	{"bind-runs-out", ruleBind, bindRunsOut},
	{"bind-does-not-refresh", ruleBindFirst, bindDoesNotRefresh},
	{"bind-is-apart", ruleIsolated, bindIsApart},
	{"bind-refuses", ruleError, bindRefuses},
}

// guard returns s as the ReplayGuard that it may be.
func (c *check) guard(s idempotency.Store) idempotency.ReplayGuard {
	c.Helper()
	b, ok := s.(idempotency.ReplayGuard)
	if !ok {
		c.skip("the store is not an idempotency.ReplayGuard")
	}
	return b
}

// bind binds key to the digest and wants the answer want.
func (c *check) bind(b idempotency.ReplayGuard, digest, key, want idempotency.Key, ttl time.Duration, when string) {
	c.Helper()
	got, err := b.Bind(c.Context(), digest, key, ttl)
	if err != nil {
		c.Fatalf("Bind: %v", err)
	}
	if got != want {
		c.broken("Bind %s: got key %v, want %v", when, got, want)
	}
}

func bindFirstKeyWins(c *check) {
	b := c.guard(c.open())
	digest, first, second := c.key(), c.key(), c.key()
	c.bind(b, digest, first, first, long, "of an unknown digest")
	c.bind(b, digest, second, first, long, "of a known digest to another key")
	c.bind(b, digest, first, first, long, "of a known digest to its own key")
	c.bind(b, c.key(), second, second, long, "of another digest")
	c.bind(b, c.key(), first, first, long, "of another digest to a key that has one")
}

func bindHasOneWinner(c *check) {
	b, ctx := c.guard(c.open()), c.Context()
	const n = 24
	for range 5 {
		var (
			digest = c.key()
			keys   [n]idempotency.Key
			got    [n]idempotency.Key
			errs   [n]error
		)
		for i := range keys {
			keys[i] = c.key()
		}
		atOnce(n, func(i int) { got[i], errs[i] = b.Bind(ctx, digest, keys[i], long) })
		offered := false
		for i := range got {
			if errs[i] != nil {
				c.Fatalf("Bind: %v", errs[i])
			}
			if got[i] != got[0] {
				c.broken("%d Binds at once: got both %v and %v, want one key", n, got[0], got[i])
			}
			offered = offered || keys[i] == got[0]
		}
		if !offered {
			c.broken("%d Binds at once: got %v, which none of them has given", n, got[0])
		}
	}
}

func bindRunsOut(c *check) {
	b := c.guard(c.open())
	digest, first, second := c.key(), c.key(), c.key()
	c.bind(b, digest, first, first, c.unit, "of an unknown digest")
	c.outlast(c.unit)
	c.bind(b, digest, second, second, long, "after the ttl")
	c.bind(b, digest, first, second, long, "of a digest that was bound again after its ttl")
}

func bindDoesNotRefresh(c *check) {
	b := c.guard(c.open())
	c.paced(func(ttl time.Duration) bool {
		digest, first, second := c.key(), c.key(), c.key()
		before := time.Now()
		c.bind(b, digest, first, first, ttl, "of an unknown digest")
		bound := time.Now()
		time.Sleep(ttl / 2)
		got, err := b.Bind(c.Context(), digest, second, long)
		if err != nil {
			c.Fatalf("Bind: %v", err)
		}
		if got != first {
			if took := time.Since(before); took < ttl {
				c.broken("Bind within %v of a ttl of %v: got key %v, want %v", took, ttl, got, first)
			}
			return false
		}
		time.Sleep(time.Until(bound.Add(ttl)))
		c.outlast(0)
		c.bind(b, digest, second, second, long, "after the first's ttl, with another in between")
		return true
	})
}

func bindIsApart(c *check) {
	s, other := c.open(), c.open()
	b := c.guard(s)
	digest, key := c.key(), c.key()
	c.bind(b, digest, key, key, long, "of an unknown digest")
	c.bind(c.guard(other), digest, digest, digest, long, "of a digest that another store knows")

	c.rule = ruleGranted
	c.claim(s, digest, long, idempotency.Granted, "of a key with the bytes of a digest")
	c.claim(s, key, long, idempotency.Granted, "of a key that a digest is bound to")
	c.rule = ruleBind
	c.bind(b, key, digest, digest, long, "of a digest with the bytes of a key")
}

func bindRefuses(c *check) {
	b := c.guard(c.open())
	ended, cancel := context.WithCancel(c.Context())
	cancel()
	_, err := b.Bind(ended, c.key(), c.key(), long)
	c.failed(idempotency.Claim{}, err, "Bind under an ended context")

	c.rule = ruleBindFirst
	for _, ttl := range []time.Duration{0, -1, -long} {
		digest, key := c.key(), c.key()
		_, err := b.Bind(c.Context(), digest, c.key(), ttl)
		c.failed(idempotency.Claim{}, err, "Bind with a ttl of "+ttl.String())
		c.bind(b, digest, key, key, long, "after one with a ttl of "+ttl.String())
	}
}
