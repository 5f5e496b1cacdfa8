package middleware

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A lazyContext has the values of its parent, but a deadline and an end of its
// own, which the parent's do not touch. It is what context.WithDeadline and
// context.WithCancelCause make of context.WithoutCancel, and it makes them when
// somebody first needs more of it than a look at the clock: a store in memory
// and many a handler never do, and neither pay for a timer.
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
