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
	stopped bool
}

// hold keeps a claim that was granted a moment ago alive until stop is called.
// When it is lost, cancel is called with ErrLost.
func (o *once) hold(key idempotency.Key, fence uint64, cancel context.CancelCauseFunc) *lease {
	l := &lease{once: o, key: key, fence: fence, cancel: cancel}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Now().Add(o.opts.Lease)
	l.timer = time.AfterFunc(o.opts.Lease/3, l.renew)
	return l
}

func (l *lease) renew() {
	ctx, cancel := l.once.storeContext(context.Background())
	defer cancel()
	asked, length := time.Now(), l.once.opts.Lease
	err := l.once.store.Extend(ctx, l.key, l.fence, length)

	l.mu.Lock()
	defer l.mu.Unlock()
	switch left := time.Until(l.until); {
	case l.stopped:
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

// mostLate is how many completions one layer tries on at once in the
// background; beyond it a lease is left to run out.
const mostLate = 1024

// completeLater goes on trying to complete an attempt whose handler has done
// its work, for as long as its lease holds. It reports a second outcome:
// CompletedLate, or Abandoned when the delivery will take effect again.
func (o *once) completeLater(a *attempt, err error) {
	// The answer is on its way out by the request's own goroutine: this one
	// has a copy and touches neither the writer nor the request's body.
	out, r, l := a.out, a.r, a.lease
	report := func(result Result, err error) {
		out.Result, out.Err = result, err
		o.end(r, out)
		o.waiting.wake(l.key)
	}
	if o.late.Add(1) > mostLate {
		o.late.Add(-1)
		report(Abandoned, err)
		return
	}
	go func() {
		defer o.late.Add(-1)
		for pause := 50 * time.Millisecond; time.Until(l.until) > pause; pause = min(2*pause, time.Second) {
			time.Sleep(pause)
			if err = l.complete(nil); err == nil {
				report(CompletedLate, nil)
				return
			}
			if errors.Is(err, idempotency.ErrLost) {
				break
			}
		}
		report(Abandoned, err)
	}()
}
