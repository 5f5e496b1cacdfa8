package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
)

// A lease keeps a grant alive while the handler runs.
type lease struct {
	grant   *grant
	handler *lazyContext // ends with ErrLost when the claim is lost

	delivery *hooklatch.Delivery // for the log
	id       string

	queue      *renewalQueue // for the first renewal; nil: it has a timer
	due        time.Time     // of the first renewal
	prev, next *lease        // in the queue
	queued     bool

	mu      sync.Mutex
	timer   *time.Timer // nil: none yet
	until   time.Time   // when the lease runs out, at the earliest
	overdue time.Time   // when to say that the handler is; zero once it is said
	stopped bool
}

// hold keeps a claim that was granted a moment ago alive until the lease is
// stopped.
func (l *lease) hold(a *attempt, now time.Time) {
	o := a.once
	l.grant, l.handler = &a.grant, &a.lazyContext
	l.delivery, l.id = a.out.Delivery, a.out.ID
	// The store counts from when it was asked, which is not long ago.
	l.until = now.Add(o.opts.Lease - o.opts.StoreTimeout)
	l.overdue = a.deadline.Add(o.opts.Lease)
	for {
		if l.queue = o.renewalQueue(a.parent); l.queue == nil {
			break
		}
		if l.queue.add(l, now) {
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(o.opts.Lease/3, l.renew)
}

// renew runs on a goroutine of its own.
func (l *lease) renew() {
	asked, err := time.Now(), errStoreExited
	defer func() { l.renewed(asked, err) }() // the store may exit the goroutine
	err = l.grant.extend(l.grant.once.storeContext(context.Background()))
}

// renewed acts on the store's answer to a renewal.
func (l *lease) renewed(asked time.Time, err error) {
	o := l.grant.once
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	if !l.overdue.IsZero() && asked.After(l.overdue) {
		l.overdue = time.Time{}
		o.endpoint.log(func(log *slog.Logger) {
			log.Error("webhook handler overdue: it ignores its context, and keeps its claim", "endpoint", o.endpoint.name,
				"provider", l.delivery.Provider, "tenant", l.delivery.Tenant, "id", l.id)
		})
	}
	switch left := time.Until(l.until); {
	case err == nil:
		l.until = asked.Add(o.opts.Lease)
		l.renewIn(o.opts.Lease / 3)
	case errors.Is(err, idempotency.ErrLost):
		l.handler.finish(err)
	case left <= 0:
		// Another process that still reaches the store may have taken over.
		l.handler.finish(fmt.Errorf("%w: not extended in time: %w", idempotency.ErrLost, err))
	default:
		l.renewIn(min(o.opts.Lease/15, left))
	}
}

// renewIn has the lease renewed after the wait; l is locked.
func (l *lease) renewIn(wait time.Duration) {
	if l.timer == nil {
		l.timer = time.AfterFunc(wait, l.renew)
	} else {
		l.timer.Reset(wait)
	}
}

// stop ends the renewal. One that is under way does no harm.
func (l *lease) stop() {
	if l.queue != nil {
		l.queue.remove(l)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	if l.timer != nil {
		l.timer.Stop()
	}
}

// A renewalQueue sees to the first renewal of the leases of one server: they
// are due in the order in which they came, so that one timer does for all. Few
// handlers run for so long that they need any.
type renewalQueue struct {
	once   *once
	server *http.Server
	wait   time.Duration

	mu          sync.Mutex
	first, last *lease
	armed       bool
	gone        bool // it takes no more
}

// renewalQueue returns the queue for the server that ctx is of, or nil if it is
// of none. A timer belongs to the clock that it was started under, and under
// testing/synctest each bubble has its own; a server lives in one.
func (o *once) renewalQueue(ctx context.Context) *renewalQueue {
	server, ok := ctx.Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return nil
	}
	q, ok := o.renewals.Load(server)
	if !ok {
		q, _ = o.renewals.LoadOrStore(server, &renewalQueue{once: o, server: server, wait: o.opts.Lease / 3})
	}
	return q.(*renewalQueue)
}

// add reports false if the queue is gone.
func (q *renewalQueue) add(l *lease, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.gone {
		return false
	}
	l.due, l.prev, l.next, l.queued = now.Add(q.wait), q.last, nil, true
	if q.last != nil {
		q.last.next = l
	} else {
		q.first = l
	}
	q.last = l
	if !q.armed {
		q.armed = true
		time.AfterFunc(q.wait, q.renewDue)
	}
	return true
}

// remove takes l from the queue if it is still there.
func (q *renewalQueue) remove(l *lease) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.removeLocked(l)
}

func (q *renewalQueue) removeLocked(l *lease) {
	if !l.queued {
		return
	}
	if l.prev != nil {
		l.prev.next = l.next
	} else {
		q.first = l.next
	}
	if l.next != nil {
		l.next.prev = l.prev
	} else {
		q.last = l.prev
	}
	l.prev, l.next, l.queued = nil, nil, false
}

// renewDue has all renewed that are due. From then on they have timers of
// their own.
func (q *renewalQueue) renewDue() {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for q.first != nil && !q.first.due.After(now) {
		l := q.first
		q.removeLocked(l)
		go l.renew()
	}
	if q.first != nil {
		time.AfterFunc(q.first.due.Sub(now), q.renewDue)
		return
	}
	// Nothing to do for now. A server may be gone, or have been made for a
	// single connection: it must not be kept.
	q.gone = true
	q.once.renewals.CompareAndDelete(q.server, q)
}
