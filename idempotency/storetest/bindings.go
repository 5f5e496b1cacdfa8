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

// binder returns s as the ReplayGuard that it may be.
func (c *check) binder(s idempotency.Store) idempotency.ReplayGuard {
	c.Helper()
	b, ok := s.(idempotency.ReplayGuard)
	if !ok {
		c.skip("the store is not an idempotency.ReplayGuard")
	}
	return b
}

// bind binds key to the seal and wants to hear of the key want.
func (c *check) bind(b idempotency.ReplayGuard, seal, key, want idempotency.Key, ttl time.Duration, when string) {
	c.Helper()
	got, err := b.Bind(c.Context(), seal, key, ttl)
	if err != nil {
		c.Fatalf("Bind: %v", err)
	}
	if got != want {
		c.broken("Bind %s: got key %v, want %v", when, got, want)
	}
}

func bindFirstKeyWins(c *check) {
	b := c.binder(c.open())
	seal, first, second := c.key(), c.key(), c.key()
	c.bind(b, seal, first, first, long, "of an unknown seal")
	c.bind(b, seal, second, first, long, "of a known seal to another key")
	c.bind(b, seal, first, first, long, "of a known seal to its own key")
	c.bind(b, c.key(), second, second, long, "of another seal")
	c.bind(b, c.key(), first, first, long, "of another seal to a key that has one")
}

func bindHasOneWinner(c *check) {
	b, ctx := c.binder(c.open()), c.Context()
	const n = 24
	for range 5 {
		var (
			seal = c.key()
			keys [n]idempotency.Key
			got  [n]idempotency.Key
			errs [n]error
		)
		for i := range keys {
			keys[i] = c.key()
		}
		atOnce(n, func(i int) { got[i], errs[i] = b.Bind(ctx, seal, keys[i], long) })
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
	b := c.binder(c.open())
	seal, first, second := c.key(), c.key(), c.key()
	c.bind(b, seal, first, first, c.unit, "of an unknown seal")
	c.outlast(c.unit)
	c.bind(b, seal, second, second, long, "after the ttl")
	c.bind(b, seal, first, second, long, "of a seal that was bound again after its ttl")
}

func bindDoesNotRefresh(c *check) {
	b := c.binder(c.open())
	c.paced(func(ttl time.Duration) bool {
		seal, first, second := c.key(), c.key(), c.key()
		before := time.Now()
		c.bind(b, seal, first, first, ttl, "of an unknown seal")
		bound := time.Now()
		time.Sleep(ttl / 2)
		got, err := b.Bind(c.Context(), seal, second, long)
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
		c.bind(b, seal, second, second, long, "after the first's ttl, with another in between")
		return true
	})
}

func bindIsApart(c *check) {
	s, other := c.open(), c.open()
	b := c.binder(s)
	seal, key := c.key(), c.key()
	c.bind(b, seal, key, key, long, "of an unknown seal")
	c.bind(c.binder(other), seal, seal, seal, long, "of a seal that another store knows")

	c.rule = ruleGranted
	c.claim(s, seal, long, idempotency.Granted, "of a key with the bytes of a seal")
	c.claim(s, key, long, idempotency.Granted, "of a key that a seal is bound to")
	c.rule = ruleBind
	c.bind(b, key, seal, seal, long, "of a seal with the bytes of a key")
}

func bindRefuses(c *check) {
	b := c.binder(c.open())
	ended, cancel := context.WithCancel(c.Context())
	cancel()
	_, err := b.Bind(ended, c.key(), c.key(), long)
	c.failed(idempotency.Claim{}, err, "Bind under an ended context")

	c.rule = ruleBindFirst
	for _, ttl := range []time.Duration{0, -1, -long} {
		seal, key := c.key(), c.key()
		_, err := b.Bind(c.Context(), seal, c.key(), ttl)
		c.failed(idempotency.Claim{}, err, "Bind with a ttl of "+ttl.String())
		c.bind(b, seal, key, key, long, "after one with a ttl of "+ttl.String())
	}
}
