package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/wire"
)

var (
	errNoReturn  = errors.New("the handler did not return: it panicked or exited its goroutine")
	errHijacked  = errors.New("the handler hijacked the connection: what went over it is unknown")
	errAfterSend = errors.New("after a success was sent: the sender will not retry")

	errUnexplained = errors.New("a failure was reported without a reason")
)

// An attempt is one run of the handler under a granted claim.
type attempt struct {
	once  *once
	lease *lease
	tx    idempotency.Tx // nil: the store has none to offer
	w     *held
	r     *http.Request
	out   Outcome
	fail  failure
}

// run calls the handler and settles the claim by what comes of it.
func (o *once) run(w http.ResponseWriter, r *http.Request, out Outcome, key idempotency.Key, fence uint64) {
	ctx, cancel := o.handlerContext(r.Context())
	defer cancel(nil)
	a := &attempt{once: o, w: &held{w: w}, r: r, out: out, fail: failure{key: key}}
	a.lease = o.hold(ctx, key, fence, cancel)

	// A flag rather than recover: the panic's value and the stack stay as
	// they are for whoever is outside, http.ErrAbortHandler keeps its
	// meaning, and runtime.Goexit is seen too.
	returned := false
	var unavailable error
	defer o.waiting.wake(key)
	defer func() {
		a.lease.stop()
		err := a.failed(ctx, returned) // before the store ends ctx
		a.dropUnused()
		switch {
		case unavailable != nil:
			a.lease.release() //nolint:errcheck // if that fails too, the lease runs out
			o.unavailable(w, r, out, unavailable)
		case err != nil:
			a.release(err, returned)
		default:
			a.complete()
		}
	}()
	ctx = context.WithValue(ctx, failureKey{}, &a.fail)
	if o.begins != nil {
		if ctx, a.tx, unavailable = o.begins.Begin(ctx, key, fence, o.opts.Retain); unavailable != nil {
			return
		}
	}
	o.next.ServeHTTP(a.w, r.WithContext(ctx))
	returned = true
}

// handlerContext returns a context that outlives the sender's connection but
// not the HandlerTimeout, nor a deadline that an outer layer has set.
func (o *once) handlerContext(parent context.Context) (context.Context, context.CancelCauseFunc) {
	deadline := time.Now().Add(o.opts.HandlerTimeout)
	if d, ok := parent.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	ctx, stop := context.WithDeadline(context.WithoutCancel(parent), deadline)
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, func(cause error) { cancel(cause); stop() }
}

// failed returns why the attempt was no success, or nil.
func (a *attempt) failed(ctx context.Context, returned bool) error {
	reported, err := a.fail.get()
	switch {
	case reported:
		return err
	case !returned:
		return errNoReturn
	case a.w.hijacked:
		return errHijacked
	case a.w.regret != 0:
		return fmt.Errorf("the handler answered %d, and then %d", a.w.status, a.w.regret)
	case a.w.status == 0 && ctx.Err() != nil:
		return context.Cause(ctx)
	case a.w.status != 0 && !success(a.w.status):
		return fmt.Errorf("the handler answered %d", a.w.status)
	}
	return nil
}

func success(status int) bool { return status >= 200 && status < 300 }

// dropUnused ends a transaction that the handler did not ask for: the claim is
// then one as in any store, whose completion can be tried on.
func (a *attempt) dropUnused() {
	if a.tx != nil && !a.tx.Used() {
		a.lease.rollback(a.tx) //nolint:errcheck // there is nothing in it
		a.tx = nil
	}
}

// complete marks the delivery done, and only then lets the answer out.
func (a *attempt) complete() {
	w := a.w.w
	err := a.lease.complete(a.tx)
	switch {
	case err == nil:
		a.end(Completed, nil)
		a.w.send(func() { wire.Answer(w, http.StatusOK, wire.Received) })
	case errors.Is(err, idempotency.ErrLost):
		a.end(Lost, err)
		a.w.replace(func() { wire.Later(w, a.once.opts.Lease) })
	default:
		a.end(Unavailable, err)
		if a.tx != nil {
			// Whether the handler's writes are there or not, the mark is
			// or is not with them: the retry will find out.
			a.lease.release() //nolint:errcheck // if that fails too, the lease runs out
		} else {
			// The handler has done its work. The sender is asked to come
			// again, and until then the completion is tried on.
			a.once.completeLater(a, err)
		}
		a.w.replace(func() { wire.Later(w, retryAfterOutage) })
	}
}

// release gives the claim back, and then lets the handler's own refusal out,
// if it wrote one.
func (a *attempt) release(err error, returned bool) {
	result := Failed
	if a.tx != nil {
		err = errors.Join(err, a.lease.rollback(a.tx))
	}
	switch rerr := a.lease.release(); {
	case errors.Is(rerr, idempotency.ErrLost):
		result = Lost
	case rerr != nil:
		// The lease runs out by itself; the retry waits for it.
		err = errors.Join(err, rerr)
	}
	a.end(result, err)
	oops := func() { wire.Answer(a.w.w, http.StatusInternalServerError, wire.Oops) }
	switch {
	case !returned:
		// Whoever recovers outside answers, or the server cuts the
		// connection: nothing held back must reach the wire.
	case success(a.w.status):
		a.w.replace(oops)
	default:
		a.w.send(oops)
	}
}

// end reports the attempt, and loudly so if the sender has seen a success that
// is none.
func (a *attempt) end(result Result, err error) {
	if err != nil && a.w.sent && success(a.w.status) {
		err = fmt.Errorf("%w: %w", err, errAfterSend)
	}
	a.out.Result, a.out.Err = result, err
	a.once.end(a.r, a.out)
}
