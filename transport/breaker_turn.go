package transport

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"
)

// A turn is what a request needs to start if it has come through
// [Breaker.Check]. Unless the provider is known to be healthy, no more of them
// are given than the breaker would count failures before it opens: even if none
// of the requests in flight ever got an answer, there would not be more of them
// than that.
//
// A nil turn is that of a request without a breaker, which needs none.
type turn struct {
	c     *circuit
	taken bool // c.mu
}

type turnKey struct{}

func turnFrom(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// refused returns the error of a request that can't have a turn at all.
func (t *turn) refused() error {
	if t == nil || t.c.cb.State() != gobreaker.StateOpen {
		return nil
	}
	return t.c.open()
}

// take takes the turn, if there is one, and reports whether the request has it.
func (t *turn) take() bool {
	if t == nil {
		return true
	}
	c := t.c
	c.mu.Lock()
	defer c.mu.Unlock()
	// A failure is counted before its turn ends, so that the sum of both
	// never grows past the limit unseen.
	if !t.taken && c.turns < c.allowed() {
		t.taken = true
		c.turns++
	}
	return t.taken
}

// held reports whether the request needs no other turn.
func (t *turn) held() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	return t.taken
}

// watch has q woken when a turn ends or the breaker's state changes next.
func (t *turn) watch(q *queue) {
	if t == nil {
		return
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	if !slices.Contains(t.c.watchers, q) {
		t.c.watchers = append(t.c.watchers, q)
	}
}

// end gives the turn back, if it was taken. No lock may be held.
func (t *turn) end() {
	t.c.mu.Lock()
	if t.taken {
		t.taken = false
		t.c.turns--
	}
	t.c.mu.Unlock()
	t.c.wake()
}

// allowed returns how many requests may be in flight at a time. c.mu is held.
func (c *circuit) allowed() int {
	if c.cb.State() != gobreaker.StateClosed {
		return 1 // the probe
	}
	failures := int(c.cb.Counts().ConsecutiveFailures)
	if failures == 0 && !c.answered.IsZero() && time.Since(c.answered) < healthyFor {
		return math.MaxInt
	}
	return c.opts.Failures - failures
}

// answer notes a success. No lock may be held.
func (c *circuit) answer() {
	c.mu.Lock()
	c.answered = time.Now()
	c.mu.Unlock()
}

// wake tells the queues that watch to look again. No lock may be held.
func (c *circuit) wake() {
	c.mu.Lock()
	watchers := c.watchers
	c.watchers = nil
	c.mu.Unlock()
	for _, q := range watchers {
		q.wake()
	}
}
