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
	once   *once
	key    idempotency.Key
	fence  uint64
	cancel context.CancelCauseFunc // of the handler's context

	mu      sync.Mutex
	timer   *time.Timer
	until   time.Time // when the lease runs out, at the earliest
	overdue time.Time // when to say that the handler is; zero once it is said
	stopped bool
}

// hold keeps a claim that was granted a moment ago alive until stop is called.
// When it is lost, cancel is called with ErrLost.
func (o *once) hold(handler context.Context, key idempotency.Key, fence uint64, cancel context.CancelCauseFunc) *lease {
	l := &lease{once: o, key: key, fence: fence, cancel: cancel}
	l.mu.Lock()
	defer l.mu.Unlock()
	// The store counts from when it was asked, which is not long ago.
	l.until = time.Now().Add(o.opts.Lease - o.opts.StoreTimeout)
	if end, ok := handler.Deadline(); ok {
		l.overdue = end.Add(o.opts.Lease)
	}
	l.timer = time.AfterFunc(o.opts.Lease/3, l.renew)
	return l
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
		l.timer.Reset(length / 3)
	case errors.Is(err, idempotency.ErrLost):
		l.cancel(err)
	case left <= 0:
		// Somebody who still reaches the store may have taken over.
		l.cancel(fmt.Errorf("%w: not extended in time: %w", idempotency.ErrLost, err))
	default:
		l.timer.Reset(min(length/15, left))
	}
}

// extend runs on a timer's goroutine, where nobody recovers: a panic of the
// store must not end the program.
func (l *lease) extend() (err error) {
	defer recovered(&err)
	ctx, cancel := l.once.storeContext(context.Background())
	defer cancel()
	return l.once.store.Extend(ctx, l.key, l.fence, l.once.opts.Lease)
}

// stop ends the renewal. One that is under way does no harm.
func (l *lease) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.timer.Stop()
}

// complete marks the delivery done, through tx if it is not nil.
func (l *lease) complete(tx idempotency.Tx) error {
	ctx, cancel := l.once.storeContext(context.Background())
	defer cancel()
	if tx != nil {
		return tx.Commit(ctx)
	}
	return l.once.store.Complete(ctx, l.key, l.fence, l.once.opts.Retain)
}

func (l *lease) rollback(tx idempotency.Tx) error {
	ctx, cancel := l.once.storeContext(context.Background())
	defer cancel()
	return tx.Rollback(ctx)
}

func (l *lease) release() error {
	ctx, cancel := l.once.storeContext(context.Background())
	defer cancel()
	return l.once.store.Release(ctx, l.key, l.fence)
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("panic: %v", v)
	}
}
