package transport

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A queue lets requests start in the order in which they came, each as soon as
// the gate is open, its limits and the provider's allow it and its breaker gives
// it a turn.
//
// A start is counted when its request starts, never earlier: were it reserved
// for a time to come, all requests that have overslept that time, or waited at
// the gate, would start together.
type queue struct {
	all     *window
	slow    *pace // of those who have waited at the gate
	classes map[string]*window
	maxWait time.Duration // for the limits and the gate

	mu      sync.Mutex
	gate    gate
	share   share
	started int // requests, ever
	waiters []*waiter
	timer   *time.Timer // runs admit when the next one may start
}

// wait returns the number of the start when the request may start. Until then it
// has spent nothing. With failFast it does not wait.
func (q *queue) wait(ctx context.Context, class string, t *turn, failFast bool) (number int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	w := &waiter{ctx: ctx, class: q.classes[class], turn: t, failFast: failFast, ended: make(chan struct{})}
	w.deadline, _ = ctx.Deadline()
	q.join(w)
	select {
	case <-w.ended:
		return w.number, w.err
	case <-ctx.Done():
		q.wake() // which ends it
		<-w.ended
		if w.err == nil {
			return 0, ctx.Err()
		}
		return 0, w.err
	}
}

func (q *queue) join(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	w.earliest = q.earliest(now, w.class)
	w.latest = now.Add(q.maxWait)
	if w.tooLate(w.earliest) {
		w.refuse(w.earliest.Sub(now))
		return
	}
	q.waiters = append(q.waiters, w)
	w.class.join(1)
	q.admit()
}

// earliest returns when a request that comes now can start at the earliest,
// after all who wait and can start before it. q.mu is held.
func (q *queue) earliest(now time.Time, class *window) time.Time {
	from := q.opensAtLatest(now)
	at := from
	if class != nil {
		at = from.Add(class.until(class.waiting+1, from))
	}
	for {
		// Those whose class holds them up let others pass. Later fewer
		// are held up, and so more are ahead.
		ahead := len(q.waiters)
		for _, c := range q.classes {
			ahead -= c.stillWaiting(from, at)
		}
		t := from.Add(q.until(ahead+1, from))
		if !t.After(at) {
			return at
		}
		at = t
	}
}

// opens returns when the provider lets another request start. q.mu is held.
func (q *queue) opens(now time.Time) time.Time {
	opens, left := q.gate.opens(now), q.share.opens(now)
	if left.After(opens) {
		return left
	}
	return opens
}

// opensAtLatest is opens, unless an answer that is awaited may open sooner what the
// provider has left: then it is when nothing else is in the way. q.mu is held.
func (q *queue) opensAtLatest(now time.Time) time.Time {
	if q.share.mayOpen() {
		return q.gate.opens(now)
	}
	return q.opens(now)
}

// until returns how long after from the n-th of the next starts may be by the
// client's own limit. q.mu is held.
func (q *queue) until(n int, from time.Time) time.Duration {
	wait := q.all.until(n, from)
	if q.gate.used {
		wait = max(wait, q.slow.until(n, from))
	}
	return wait
}

// ended notes that starts have ended, the latest of them with an answer that says
// what is left of the provider's limit, or not.
func (q *queue) ended(numbers []int, quota Quota, longest time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, number := range numbers {
		said := Quota{}
		if i == len(numbers)-1 {
			said = quota
		}
		q.share.end(number, said, time.Now(), longest)
	}
	q.admit()
}

// resume forgets all that the provider has said.
func (q *queue) resume() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.gate, q.share.quota = gate{}, Quota{}
	q.admit()
}

// shut shuts the gate. Those who can't wait for so long are told at once.
func (q *queue) shut(d time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.gate.shut(time.Now(), d)
	q.admit()
}

// wake is called when something has changed that waiters wait for.
func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.admit()
}

// admit ends the wait of all who may start, and of all who can't any more, and
// sees to it that it is called again in time for the others. q.mu is held.
func (q *queue) admit() {
	now := time.Now()
	var next time.Duration // until the next one may start; 0 if no time is known
	q.waiters = slices.DeleteFunc(q.waiters, func(w *waiter) bool {
		wait, ended := q.try(w, now)
		if !ended && w.failFast {
			ended = w.refuse(w.earliest.Sub(now))
		}
		switch {
		case ended:
			w.class.join(-1)
		case wait > 0 && (next == 0 || wait < next):
			next = wait
		}
		return ended
	})
	if len(q.waiters) == 0 && !q.gate.until.After(now) {
		q.gate.used = false
	}
	switch {
	case next == 0:
		if q.timer != nil {
			q.timer.Stop()
		}
	case q.timer == nil:
		q.timer = time.AfterFunc(next, q.wake)
	default:
		q.timer.Reset(next)
	}
}

// try ends a waiter's wait if it can, or returns for how long it has to wait at
// least; 0 is until wake is called. q.mu is held.
func (q *queue) try(w *waiter, now time.Time) (wait time.Duration, ended bool) {
	if err := w.ctx.Err(); err != nil {
		return 0, w.giveUp(err)
	}
	w.turnless = false
	w.turn.watch(q) // before asking: what changes from here on is not missed
	if err := w.turn.refused(); err != nil {
		return 0, w.end(err)
	}
	if opens := q.opens(now); opens.After(now) {
		if latest := q.opensAtLatest(now); w.tooLate(latest) {
			return 0, w.refuse(latest.Sub(now))
		}
		return opens.Sub(now), false
	}
	if wait := max(q.until(1, now), w.class.until(1, now)); wait > 0 {
		return wait, false
	}
	if w.turnless = !w.turn.take(); w.turnless {
		return 0, false
	}
	q.all.start(now)
	q.slow.start(now)
	w.class.start(now)
	q.started++
	w.number = q.started
	if q.all != nil { // a breaker's queue is told of no ends
		q.share.begin(w.number, now)
	}
	return 0, w.end(nil)
}
