package transport

import (
	"context"
	"errors"
	"time"
)

// A waiter is a request in the queue.
type waiter struct {
	ctx      context.Context
	class    *window
	turn     *turn
	failFast bool      // does not wait
	deadline time.Time // zero if there is none
	latest   time.Time // when it has waited for as long as it may
	earliest time.Time // when it could start, when it came
	turnless bool      // lacks nothing but a turn
	ended    chan struct{}
	err      error // once ended: why it may not start
	number   int   // once ended: of its start
}

func (w *waiter) tooLate(at time.Time) bool {
	return at.After(w.latest) || !w.deadline.IsZero() && !at.Before(w.deadline)
}

// giveUp ends the wait because its context has ended.
func (w *waiter) giveUp(err error) bool {
	if w.turnless && errors.Is(err, context.DeadlineExceeded) {
		return w.refuse(0)
	}
	return w.end(err)
}

// refuse ends the wait because of the limit, or of the turn if only that is
// missing: when there will be one is not known.
func (w *waiter) refuse(retryAfter time.Duration) bool {
	if w.turnless {
		return w.end(&RefusedError{Reason: errNoTurn})
	}
	return w.end(&RefusedError{ErrLocalLimit, retryAfter})
}

// end tells the waiter that its wait has ended, and how. It is true.
func (w *waiter) end(err error) bool {
	w.err = err
	close(w.ended)
	return true
}
