package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/keys"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// settle ends the claim: what follows from the handler's end must be known
// before the store ends its context.
func (a *attempt) settle(ctx context.Context, returned bool) {
	disposition, hook, cause := a.said.close()
	err := a.failure(ctx, returned, disposition, cause)
	// Deferred, as the hook may exit its goroutine.
	defer func() { a.conclude(disposition, cause, err, returned) }()
	if err == nil && hook != nil {
		err = errHookNoReturn
		err = a.deadLetter(cause, hook)
	}
}

// conclude completes or releases the claim.
func (a *attempt) conclude(disposition hooklatch.Disposition, cause, err error, returned bool) {
	a.lease.stop()
	if unusable := a.dropUnused(); err == nil {
		err = unusable
	}
	// Nothing here may look into the handler's error: its methods are the
	// program's, and may panic.
	switch {
	case err == nil:
		a.complete(disposition, cause)
	case disposition == hooklatch.Panicked || err == errNoReturn:
		a.fail(Panicked, err)
	case disposition == hooklatch.UnknownType:
		a.fail(UnknownType, err)
	default:
		a.fail(Failed, err)
	}
	if a.w.uncut && returned {
		panic(http.ErrAbortHandler)
	}
}

// dropUnused ends a transaction that the handler did not ask for: the claim is
// then one as in any store, which can be completed late.
func (a *attempt) dropUnused() (err error) {
	defer recovered(&err)
	if a.tx != nil && !a.tx.Used() {
		_ = a.rollback() // there is nothing in it
	}
	return nil
}

// failure returns why the attempt was no success, or nil.
func (a *attempt) failure(ctx context.Context, returned bool, disposition hooklatch.Disposition, err error) error {
	switch {
	case disposition >= hooklatch.Failed, disposition == hooklatch.UnknownType && err != nil:
		return err
	case !returned:
		return errNoReturn
	case a.w.hijacked:
		return errHijacked
	case a.w.regret != 0:
		return fmt.Errorf("the handler answered %d, and then %d", a.w.status, a.w.regret)
	case a.w.status == 0 && ctx.Err() != nil:
		return context.Cause(ctx)
	case a.w.status != 0 && !wire.Success(a.w.status):
		return fmt.Errorf("the handler answered %d", a.w.status)
	}
	return nil
}

// deadLetter undoes the handler's writes and gives the delivery to the hook.
func (a *attempt) deadLetter(cause error, hook func(context.Context) error) (err error) {
	if a.Err() != nil {
		return errors.Join(cause, context.Cause(a))
	}
	// In a chain of several Once layers the handler may have written in the
	// transaction of any.
	var ctx context.Context = a
	for o := a; o != nil; o = o.outer {
		if o.tx == nil {
			continue
		}
		if err := o.rollback(); err != nil {
			return errors.Join(cause, err)
		}
		ctx = hookContext{a, o}
	}
	defer func() {
		recovered(&err)
		if err != nil {
			err = fmt.Errorf("%w; the dead-letter hook failed, too: %w", cause, err)
		}
	}()
	return hook(ctx)
}

// A hookContext is an attempt's context without the transactions that were rolled
// back: it has the values from before the outermost began.
type hookContext struct {
	*attempt
	outermost *attempt
}

func (c hookContext) Value(key any) any {
	if _, ok := key.(keys.Reporter); ok {
		return nil // the outermost attempt's may still take reports
	}
	return c.outermost.Value(key)
}

// complete marks the delivery done, and only then lets the answer out.
func (a *attempt) complete(d hooklatch.Disposition, cause error) {
	err := errStoreExited // the store may exit the goroutine
	defer func() { a.completed(d, cause, err) }()
	err = a.markDone()
}

// completed acts on the store's answer to a completion.
func (a *attempt) completed(d hooklatch.Disposition, cause, err error) {
	w := a.w.w
	if err != nil && a.outer != nil {
		a.outer.Report(hooklatch.Failed, err)
	}
	switch {
	case err == nil:
		switch d {
		case hooklatch.UnknownType:
			a.end(UnknownType, cause)
		case hooklatch.DeadLettered:
			a.end(DeadLettered, cause)
		default:
			a.end(Completed, nil)
		}
		a.w.send(func() { wire.Answer(w, http.StatusOK, wire.Received) })
	case errors.Is(err, idempotency.ErrLost):
		a.end(Lost, err)
		a.w.refuse(func() { wire.Later(w, a.once.opts.Lease) })
	case errors.Is(err, idempotency.ErrHandlerTx):
		a.tx = nil // Commit has ended it
		a.fail(Failed, err)
	default:
		if a.tx != nil {
			// Whether the handler's writes are there or not, the mark is
			// or is not with them: the retry will find out.
			_ = a.release() // if that fails too, the lease runs out
			a.end(Unavailable, err)
		} else {
			// The handler has done its work. The sender is asked to come
			// again, and until then the claim is to be completed late: from
			// now on no attempt in this process may be granted it.
			known := a.once.endpoint.completing.add(a.grant)
			defer a.once.completeLater(a, known, err)
			a.end(Unavailable, err)
		}
		a.w.refuse(func() { wire.Later(w, retryAfterOutage) })
	}
}

// fail releases the claim, and then lets the handler's own refusal out, if it
// wrote one.
func (a *attempt) fail(result Result, err error) {
	if a.tx != nil {
		err = errors.Join(err, a.rollback())
	}
	switch rerr := a.release(); {
	case errors.Is(rerr, idempotency.ErrLost):
		result = Lost
	case rerr != nil:
		// The lease runs out by itself; the retry waits for it.
		err = errors.Join(err, rerr)
	}
	if a.outer != nil {
		a.outer.Report(hooklatch.Failed, err)
	}
	a.end(result, err)
	oops := func() { wire.Answer(a.w.w, http.StatusInternalServerError, wire.Oops) }
	if wire.Success(a.w.status) || result == Panicked {
		a.w.refuse(oops)
	} else {
		a.w.send(oops)
	}
}

// end reports the attempt, and says so if a part of a success has left.
func (a *attempt) end(result Result, err error) {
	if err != nil && a.w.sent && wire.Success(a.w.status) && result != DeadLettered {
		err = fmt.Errorf("%w: %w", errAfterSend, err)
	}
	a.out.Result, a.out.Err = result, err
	a.once.endpoint.Report(a.r, a.out)
}

func (a *attempt) unavailable(err error) {
	a.end(Unavailable, err)
	wire.Later(a.w.w, retryAfterOutage)
}

// markDone completes the claim, through the transaction if there is one.
func (a *attempt) markDone() error {
	ctx := a.storeContext()
	if a.tx != nil {
		return call(ctx, func() error { return a.tx.Commit(ctx) })
	}
	return a.grant.complete(ctx)
}

// rollback ends the transaction, for the last time even if that fails.
func (a *attempt) rollback() error {
	ctx, tx := a.storeContext(), a.tx
	a.tx = nil
	return call(ctx, func() error { return tx.Rollback(ctx) })
}

func (a *attempt) release() error { return a.grant.release(a.storeContext()) }
