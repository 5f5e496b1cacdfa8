package middleware

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/keys"
	"github.com/hooklatch/hooklatch/verify"
)

// A flow is what one request keeps on its way through the layers, in one
// allocation. It is the context of the request behind Capture: that of the
// request as it came, with the delivery. A handler can keep all of it, so no
// part is used again.
type flow struct {
	context.Context

	delivery hooklatch.Delivery
	body     replayedBody
	request  http.Request

	budget   *Budget
	taken    atomic.Int64 // from the budget, until the request is found genuine or not
	verifier verify.Verifier
	limit    atomic.Pointer[limiter] // where the delivery has a place; nil if nowhere

	attempt attempt     // room for the Once layer
	used    atomic.Bool // the room is
}

// Format keeps out of logs what the context holds: headers and the body.
func (f *flow) Format(w fmt.State, _ rune) { fmt.Fprintf(w, "%v.hooklatch", f.Context) }

// A flowKey finds the flow.
type flowKey struct{}

func (f *flow) Value(key any) any {
	switch key.(type) {
	case keys.Delivery:
		return &f.delivery
	case flowKey:
		return f
	}
	return f.Context.Value(key)
}

// decided gives back what the body took from the budget for bodies that may not
// be genuine.
func (f *flow) decided() {
	if n := f.taken.Swap(0); n != 0 {
		f.budget.give(n)
	}
}

// newAttempt returns a new attempt, if it can in the request's own allocation.
func newAttempt(f *flow) *attempt {
	if f == nil || f.used.Swap(true) {
		return new(attempt)
	}
	return &f.attempt
}

// replayedBody lets the request's Body be read again.
type replayedBody struct{ bytes.Reader }

func (*replayedBody) Close() error { return nil }

// A lazyContext has the values of its parent, but a deadline and an end of its
// own, which the parent's do not touch. It is what context.WithDeadline and
// context.WithCancelCause make of context.WithoutCancel, and it makes them when
// more of it is first needed than a look at the clock: a store in memory and
// many a handler never need more, and neither pay for a timer.
type lazyContext struct {
	parent   context.Context
	deadline time.Time

	mu     sync.Mutex
	made   context.Context // nil: not needed yet
	cancel context.CancelCauseFunc
	ended  bool
	cause  error
}

// Format keeps out of logs what the context holds.
func (c *lazyContext) Format(w fmt.State, _ rune) { fmt.Fprintf(w, "%v.hooklatch", c.parent) }

func (c *lazyContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c *lazyContext) Done() <-chan struct{} { return c.make().Done() }

// Value makes the context for any key: one of them is how package context
// finds the cause.
func (c *lazyContext) Value(key any) any { return c.make().Value(key) }

func (c *lazyContext) Err() error {
	c.mu.Lock()
	quiet := c.made == nil && !c.ended && time.Now().Before(c.deadline)
	c.mu.Unlock()
	if quiet {
		return nil
	}
	return c.make().Err()
}

func (c *lazyContext) make() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.makeLocked()
}

func (c *lazyContext) makeLocked() context.Context {
	if c.made == nil {
		ended, cancel := context.WithCancelCause(context.WithoutCancel(c.parent))
		if c.ended {
			cancel(c.cause)
		}
		bounded, stop := context.WithDeadline(ended, c.deadline)
		c.made, c.cancel = bounded, func(cause error) { cancel(cause); stop() }
	}
	return c.made
}

// finish cancels the context. A nil cause is [context.Canceled]; of several
// causes the first counts.
func (c *lazyContext) finish(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if cause != nil && !time.Now().Before(c.deadline) {
		c.makeLocked() // so that the deadline, which came first, counts
	}
	c.ended, c.cause = true, cause
	if c.made != nil {
		c.cancel(cause)
	}
}
