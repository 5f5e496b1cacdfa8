package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// A clock is the provider's, as far as its answers show it.
type clock struct {
	mu   sync.Mutex
	last time.Time
}

// layer reads the Date of each answer that comes through it.
func (c *clock) layer(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			c.mu.Lock()
			c.last = at
			c.mu.Unlock()
		}
		return resp, nil
	})
}

// latest returns the Date of the last answer that had one, in whole seconds:
// the provider's clock has shown it. It is zero if there was none.
func (c *clock) latest() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}
