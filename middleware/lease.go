package middleware

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A lease is a granted claim, kept alive while the handler runs.
type lease struct {
	once  *once
	key   idempotency.Key
	fence uint64

	handler *lazyContext // ends with ErrLost when the claim is lost
	keeper  *keeper      // until the first renewal, if there is one
	place   place        // in the keeper

	mu      sync.Mutex
	timer   *time.Timer // for a renewal without a keeper; nil: none yet
	until   time.Time   // when the lease runs out, at the earliest
	overdue time.Time   // when to say that the handler is; zero once it is said
	stopped bool
}

// hold keeps a claim that was granted a moment ago alive until the lease is
// stopped.
func (a *attempt) hold(key idempotency.Key, fence uint64, now time.Time) {
	o, l := a.once, &a.lease
	l.once, l.key, l.fence, l.handler = o, key, fence, &a.lazyContext
	// The store counts from when it was asked, which is not long ago.
	l.until = now.Add(o.opts.Lease - o.opts.StoreTimeout)
	l.overdue = a.deadline.Add(o.opts.Lease)
	for {
		if l.keeper = o.keeper(a.parent); l.keeper == nil {
			break
		}
		if l.keeper.add(l, now) {
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(o.opts.Lease/3, l.renew)
}

func (l *lease) renew() {
	asked, length := time.Now(), l.once.opts.Lease
	err := l.extend()

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	if !l.overdue.IsZero() && asked.After(l.overdue) {
		l.overdue = time.Time{}
		l.once.opts.logger().Error("webhook handler overdue: it ignores its context, and keeps its claim",
			"key", l.key.String())
	}
	switch left := time.Until(l.until); {
	case err == nil:
		l.until = asked.Add(length)
		l.again(length / 3)
	case errors.Is(err, idempotency.ErrLost):
		l.handler.finish(err)
	case left <= 0:
		// Somebody who still reaches the store may have taken over.
		l.handler.finish(fmt.Errorf("%w: not extended in time: %w", idempotency.ErrLost, err))
	default:
		l.again(min(length/15, left))
	}
}

// again has the lease renewed after the wait; l is locked.
func (l *lease) again(wait time.Duration) {
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.renew)
	} else {
		l.timer.Reset(wait)
	}
}

// extend runs on a timer's goroutine, where nobody recovers: a panic of the
// store must not end the program.
func (l *lease) extend() (err error) {
	defer recovered(&err)
	ctx := l.once.storeContext(context.Background())
	defer ctx.finish(nil)
	return l.once.store.Extend(ctx, l.key, l.fence, l.once.opts.Lease)
}

// stop ends the renewal. One that is under way does no harm.
func (l *lease) stop() {
	if l.keeper != nil {
		l.keeper.remove(l)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	if l.timer != nil {
		l.timer.Stop()
	}
}

// complete marks the delivery done.
func (l *lease) complete(ctx context.Context) error {
	return l.once.store.Complete(ctx, l.key, l.fence, l.once.opts.Retain)
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("panic: %v", v)
	}
}
