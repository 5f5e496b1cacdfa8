package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/inbox"
)

var (
	errNoReturn    = errors.New("the handler did not return: it exited its goroutine")
	errOverdue     = errors.New("the handler did not return in time")
	errUnexplained = errors.New("a failure was reported without a reason")
	errKilled      = errors.New("the process ended in each attempt that was left")
	errNoPayload   = errors.New("the payload is gone")
	errOver        = errors.New("the attempt is over, and its transaction with it")
)

// An attempt is one call of the handler for a delivery. It is the Reporter of
// the handler, and has its transaction.
type attempt[TTx any] struct {
	e      *Engine[TTx]
	row    *row
	job    int64 // River's
	number int
	began  time.Time
	ctx    context.Context // the handler's
	own    hooklatch.Delivery

	returned chan struct{} // closed when the handler has
	err      error         // the handler's

	mu          sync.Mutex
	tx          TTx
	begun       bool // tx is open
	over        bool // no transaction any more
	disposition hooklatch.Disposition
	cause       error
	hook        func(context.Context) error
}

type attemptKey struct{}

// Tx returns the transaction of the attempt that runs the handler in ctx.
func Tx[TTx any](ctx context.Context) (tx TTx, err error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt[TTx])
	if !ok {
		return tx, inbox.ErrNoTx
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return tx, errOver
	}
	if !a.begun {
		if a.tx, err = a.e.db.Begin(a.ctx); err != nil {
			return tx, a.e.failed("begin", err)
		}
		a.begun = true
	}
	return a.tx, nil
}

// Report implements hooklatch.Reporter.
func (a *attempt[TTx]) Report(d hooklatch.Disposition, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.disposition >= hooklatch.Failed {
		return
	}
	if err == nil && d >= hooklatch.Failed {
		err = errUnexplained
	}
	a.disposition, a.cause = d, err
}

// DeadLetter implements hooklatch.Reporter.
func (a *attempt[TTx]) DeadLetter(err error, hook func(context.Context) error) {
	a.Report(hooklatch.DeadLettered, err)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.disposition == hooklatch.DeadLettered {
		a.hook = hook
	}
}

// run calls the handler and records what comes of it. An error means that it
// could not be recorded: River then keeps the job.
func (a *attempt[TTx]) run(ctx context.Context, h inbox.Handler) error {
	e := a.e
	switch {
	case a.number > e.set.MaxAttempts:
		a.number = e.set.MaxAttempts
		return a.record(ctx, verdict{what: dead, err: errKilled})
	case !a.row.Payload:
		return a.record(ctx, verdict{what: dead, err: errNoPayload})
	}
	a.own = *a.row.Delivery
	a.own.Type, a.own.Attempt, a.own.Replay = a.row.sent, a.number, a.row.Replays > 0
	base, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.set.HandlerTimeout)
	defer cancel()
	a.ctx = hooklatch.WithReporter(context.WithValue(hooklatch.NewContext(base, &a.own), attemptKey{}, a), a)
	a.returned = make(chan struct{})
	go a.call(h)

	late := time.NewTimer(e.set.HandlerTimeout + grace)
	defer late.Stop()
	select {
	case <-a.returned:
		return a.settle(ctx)
	case <-late.C:
		return a.leaveBehind(ctx)
	}
}

// call calls the handler in a goroutine of its own, which it may exit.
func (a *attempt[TTx]) call(h inbox.Handler) {
	defer close(a.returned)
	a.err = guard(func() error { return h.HandleDelivery(a.ctx, &a.own) }, &a.err)
}

// guard calls f and turns a panic into an error. Where f exits the goroutine,
// *exit is that error.
func guard(f func() error, exit *error) (err error) {
	// err stays if recover stops a panic but has no value to show for it, as
	// with GODEBUG=panicnil=1: that must not look like success.
	*exit, err = errNoReturn, errNoReturn
	defer func() {
		if v := recover(); v != nil {
			err = &dispatch.PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}

// leaveBehind records the failure of a handler that has not returned. What it
// does from now on is no part of any attempt; its transaction is rolled back
// when it has returned, or with its context.
func (a *attempt[TTx]) leaveBehind(ctx context.Context) error {
	a.mu.Lock()
	a.over = true
	a.mu.Unlock()
	go func() {
		<-a.returned
		a.rollback()
	}()
	return a.record(ctx, a.judge(errOverdue))
}

// settle decides and records, once the handler has returned.
func (a *attempt[TTx]) settle(ctx context.Context) error {
	a.mu.Lock()
	disposition, cause, hook := a.disposition, a.cause, a.hook
	a.over = true
	a.mu.Unlock()
	defer a.rollback()
	err := a.err
	if disposition >= hooklatch.Failed {
		err = cause
	}
	switch {
	case err != nil:
		a.rollback()
		return a.record(ctx, a.judge(err))
	case hook != nil:
		a.rollback()
		if failed := a.callHook(ctx, hook); failed != nil {
			return a.record(ctx, a.judge(&hookError{cause, failed}))
		}
		return a.record(ctx, verdict{what: deadLettered, err: cause})
	}
	v := verdict{what: done}
	if disposition == hooklatch.UnknownType {
		v.what = unknownType
	}
	if !a.begun {
		return a.record(ctx, v)
	}
	if err := a.commit(ctx, v); err != nil {
		return a.record(ctx, a.judge(fmt.Errorf("the handler's transaction: %w", err)))
	}
	return nil
}

// callHook gives the delivery to the dead-letter hook, which has what is left of
// the handler's time, and a little more.
func (a *attempt[TTx]) callHook(ctx context.Context, hook func(context.Context) error) error {
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), a.began.Add(a.e.set.HandlerTimeout+grace))
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		var err error
		defer func() { ended <- err }()
		err = guard(func() error { return hook(ctx) }, &err)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return errOverdue
	}
}

// A hookError says that a delivery that failed for good could not be handed
// over. It is an ordinary error, whatever it wraps.
type hookError struct{ err, hook error }

func (e *hookError) Error() string {
	return fmt.Sprintf("dead letter not taken: %v; it was: %v", e.hook, e.err)
}

// rollback undoes what the handler has written, if its transaction is open.
func (a *attempt[TTx]) rollback() {
	a.mu.Lock()
	begun, tx := a.begun, a.tx
	a.begun = false
	a.mu.Unlock()
	if begun {
		a.e.undo(tx)
	}
}

// commit commits the handler's writes together with the end of the attempt.
func (a *attempt[TTx]) commit(ctx context.Context, v verdict) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	x := a.ending(v)
	if err := a.e.endOne(ctx, a.tx, x); err != nil {
		a.rollback()
		return err
	}
	if x.refused {
		a.rollback() // another process has ended this run
		a.log(v, true)
		return nil
	}
	if err := a.e.db.Commit(ctx, a.tx); err != nil {
		a.rollback()
		return err
	}
	a.begun = false
	a.log(v, false)
	return nil
}
