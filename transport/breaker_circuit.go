package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// healthyFor is how long a success speaks for the provider.
const healthyFor = 10 * time.Second

// A circuit is the part of a [Breaker] that counts together.
type circuit struct {
	class string // empty: all that have no circuit of their own
	opts  *BreakerOptions
	cb    *gobreaker.TwoStepCircuitBreaker[any]
	line  queue // in Layer, of those who got no turn on their way from Check

	// Locks are taken in this order: a queue's, mu, that of cb, notes.mu.
	mu       sync.Mutex
	turns    int
	answered time.Time // when a request last was a success
	watchers []*queue

	notes struct {
		mu      sync.Mutex
		changes []gobreaker.State // not logged yet
		tries   time.Time         // when the circuit is half-open, if it is open
	}
}

// newCircuit returns a closed circuit with options that are complete.
func newCircuit(class string, o *BreakerOptions) *circuit {
	c := &circuit{class: class, opts: o}
	c.cb = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Timeout:       o.OpenFor,
		ReadyToTrip:   func(n gobreaker.Counts) bool { return int(n.ConsecutiveFailures) >= o.Failures },
		IsExcluded:    func(err error) bool { return errors.Is(err, errNeutral) },
		OnStateChange: func(_ string, _, to gobreaker.State) { c.note(to) },
	})
	return c
}

// open returns the error of a request that finds the circuit open, or another
// one probing.
func (c *circuit) open() error {
	c.notes.mu.Lock()
	defer c.notes.mu.Unlock()
	return &RefusedError{ErrCircuitOpen, max(time.Until(c.notes.tries), 0)}
}

// note remembers a change of state. cb's lock is held: it is no place to log.
func (c *circuit) note(to gobreaker.State) {
	c.notes.mu.Lock()
	defer c.notes.mu.Unlock()
	c.notes.changes = append(c.notes.changes, to)
	if to == gobreaker.StateOpen {
		// cb waits until the time is past, not only there.
		c.notes.tries = time.Now().Add(c.opts.OpenFor + 1)
	}
}

// report logs what note has remembered, and tells those who wait of it. No lock
// may be held.
func (c *circuit) report() {
	c.notes.mu.Lock()
	changes := c.notes.changes
	c.notes.changes = nil
	c.notes.mu.Unlock()
	if len(changes) == 0 {
		return
	}
	c.wake()
	log := c.opts.Logger
	if log == nil {
		log = slog.Default()
	}
	for _, to := range changes {
		level := slog.LevelInfo
		if to == gobreaker.StateOpen {
			level = slog.LevelWarn
		}
		attrs := []slog.Attr{slog.Duration("open_for", c.opts.OpenFor)}
		if c.class != "" {
			attrs = append(attrs, slog.String("class", c.class))
		}
		log.LogAttrs(context.Background(), level, fmt.Sprintf("circuit %v", to), attrs...)
	}
}
