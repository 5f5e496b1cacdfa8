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
	b     *Breaker
	taken bool // b.mu
}

type turnKey struct{}

func turnFrom(ctx context.Context) *turn {
	t, _ := ctx.Value(turnKey{}).(*turn)
	return t
}

// refused returns the error of a request that can't have a turn at all.
func (t *turn) refused() error {
	if t == nil || t.b.cb.State() != gobreaker.StateOpen {
		return nil
	}
	return t.b.open()
}

// take takes the turn, if there is one, and reports whether the request has it.
func (t *turn) take() bool {
	if t == nil {
		return true
	}
	b := t.b
	b.mu.Lock()
	defer b.mu.Unlock()
	// A failure is counted before its turn ends, so that the sum of both
	// never grows past the limit unseen.
	if !t.taken && b.turns < b.allowed() {
		t.taken = true
		b.turns++
	}
	return t.taken
}

// held reports whether the request needs no other turn.
func (t *turn) held() bool {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	return t.taken
}

// watch has q woken when a turn ends or the breaker's state changes next.
func (t *turn) watch(q *queue) {
	if t == nil {
		return
	}
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	if !slices.Contains(t.b.watchers, q) {
		t.b.watchers = append(t.b.watchers, q)
	}
}

// end gives the turn back, if it was taken. No lock may be held.
func (t *turn) end() {
	t.b.mu.Lock()
	if t.taken {
		t.taken = false
		t.b.turns--
	}
	t.b.mu.Unlock()
	t.b.wake()
}

// allowed returns how many requests may be in flight at a time. b.mu is held.
func (b *Breaker) allowed() int {
	if b.cb.State() != gobreaker.StateClosed {
		return 1 // the probe
	}
	failures := int(b.cb.Counts().ConsecutiveFailures)
	if failures == 0 && !b.answered.IsZero() && time.Since(b.answered) < healthyFor {
		return math.MaxInt
	}
	return b.opts.Failures - failures
}

// answer notes a success. No lock may be held.
func (b *Breaker) answer() {
	b.mu.Lock()
	b.answered = time.Now()
	b.mu.Unlock()
}

// wake tells the queues that watch to look again. No lock may be held.
func (b *Breaker) wake() {
	b.mu.Lock()
	watchers := b.watchers
	b.watchers = nil
	b.mu.Unlock()
	for _, q := range watchers {
		q.wake()
	}
}
