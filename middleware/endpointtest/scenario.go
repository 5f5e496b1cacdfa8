package endpointtest

import (
	"context"
	"errors"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// The answers.
const (
	received  = `{"received":true}`
	duplicate = `{"duplicate":true}`
	failed    = "Internal server error"
)

func twoEndpoints(c *check) error {
	a, b := c.mount("billing", c.store), c.mount("analytics", c.store)
	for _, id := range []string{"1", "2"} {
		send := c.request(id)
		c.post("the first endpoint", a, send(), received)
		c.post("the second endpoint", b, send(), received)
		c.post("the first endpoint again", a, send(), duplicate)
		c.post("the second endpoint again", b, send(), duplicate)
	}
	c.times("the first endpoint", a, 2)
	c.times("the second endpoint", b, 2)
	return c.end()
}

func twoReplicas(c *check) error {
	a, b := c.mount("billing", c.store), c.mount("billing", c.store)
	send := c.request("1")
	c.post("the first replica", a, send(), received)
	c.post("the second replica", b, send(), duplicate)
	c.times("the second replica", b, 0)
	return c.end()
}

func twoTenants(c *check) error {
	m, e := new(mount), c.endpoint("billing")
	lookup := func(context.Context, string) (verify.Verifier, error) { return c.scheme, nil }
	m.Handler = middleware.Chain(
		e.Accept(c.scheme), e.Capture(0, nil),
		e.VerifyFor(middleware.Header("X-Tenant"), lookup), e.Once(c.store, c.once()),
	)(m.handler())
	send := c.request("1")
	for _, want := range []string{received, duplicate} {
		for _, tenant := range []string{"ann", "bob"} {
			r := send()
			r.Header.Set("X-Tenant", tenant)
			c.post("the delivery to "+tenant, m, r, want)
		}
	}
	c.times("the endpoint", m, 2)
	return c.end()
}

func twoServices(c *check) error {
	a, b := c.mount("billing", c.store), c.mount("billing", c.elsewhere)
	send := c.request("1")
	for _, want := range []string{received, duplicate} {
		c.post("the first service", a, send(), want)
		c.post("the second service", b, send(), want)
	}
	c.times("the first service", a, 1)
	c.times("the second service", b, 1)
	return c.end()
}

func whileTheOtherHandles(c *check) error {
	a, b := c.mount("billing", c.store), c.mount("analytics", c.store)
	send := c.request("1")
	a.handle = func() error {
		c.post("the second endpoint, while the first handles", b, send(), received)
		return nil
	}
	c.post("the first endpoint", a, send(), received)
	c.post("the second endpoint again", b, send(), duplicate)
	c.times("the second endpoint", b, 1)
	return c.end()
}

func afterTheOtherHasFailed(c *check) error {
	a, b := c.mount("billing", c.store), c.mount("analytics", c.store)
	send := c.request("1")
	a.handle = func() error { return errors.New("no luck") }
	c.post("the first endpoint, which fails", a, send(), failed)
	c.post("the second endpoint", b, send(), received)
	a.handle = nil
	c.post("the first endpoint's retry", a, send(), received)
	c.post("the second endpoint again", b, send(), duplicate)
	c.times("the first endpoint", a, 2)
	c.times("the second endpoint", b, 1)
	return c.end()
}

// replayed: where the id is not signed, an attacker can send a captured request
// under another one. Each endpoint takes it for a duplicate of its own delivery,
// and for none of another's.
func replayed(c *check) error {
	if c.sender.replay == nil {
		return nil
	}
	a, b := c.mount("billing", c.store), c.mount("analytics", c.store)
	send := c.request("1")
	replay := func() *http.Request {
		r := send()
		c.sender.replay(r)
		return r
	}
	c.post("the first endpoint", a, send(), received)
	c.post("the first endpoint's replay", a, replay(), duplicate)
	c.post("the second endpoint, which has the replay first", b, replay(), received)
	c.post("the second endpoint", b, send(), duplicate)
	c.times("the first endpoint", a, 1)
	c.times("the second endpoint", b, 1)
	return c.end()
}

// twoLayers: an inner layer that goes by another id neither waits for the outer
// one nor takes its signature for a replay.
func twoLayers(c *check) error {
	m, e := new(mount), c.endpoint("billing")
	inner := &middleware.OnceOptions{ID: func(*hooklatch.Delivery) string { return "order-" + c.salt }}
	m.Handler = middleware.Chain(
		e.Accept(c.scheme), e.Capture(0, nil), e.Verify(c.scheme),
		e.Once(c.store, c.once()), e.Once(c.store, inner),
	)(m.handler())
	first, second := c.request("1"), c.request("2")
	c.post("the delivery", m, first(), received)
	c.post("the delivery again", m, first(), duplicate)
	c.post("another delivery of the same order", m, second(), duplicate)
	c.post("that again", m, second(), duplicate)
	c.times("the endpoint", m, 1)
	return c.end()
}
