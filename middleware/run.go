package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/keys"
)

var (
	errNoReturn  = errors.New("the handler did not return: it panicked or exited its goroutine")
	errHijacked  = errors.New("the handler hijacked the connection: what went over it is unknown")
	errAfterSend = errors.New("after a success was sent: the sender will not retry")

	errUnexplained = errors.New("a failure was reported without a reason")
)

// An attempt is one request's way through the Once layer. If the claim is
// granted it is the context of the handler's request, too: one that lives on
// when the sender hangs up.
type attempt struct {
	lazyContext

	once  *once
	r     *http.Request
	w     held
	out   Outcome
	lease lease
	tx    idempotency.Tx // nil: the store has none to offer
	fail  failure

	request http.Request   // the handler's
	calls   [3]lazyContext // of the store: bind, claim, complete or release
	called  int
}

func (a *attempt) Value(key any) any {
	switch key.(type) {
	case keys.Delivery:
		return a.out.Delivery
	case failureKey:
		return &a.fail
	}
	return a.lazyContext.Value(key)
}

// run calls the handler and settles the claim by what comes of it.
func (a *attempt) run(key idempotency.Key, fence uint64) {
	o, now := a.once, time.Now()
	a.parent, a.deadline = a.r.Context(), now.Add(o.opts.HandlerTimeout)
	if d, ok := a.parent.Deadline(); ok && d.Before(a.deadline) {
		a.deadline = d
	}
	defer a.finish(nil)
	a.fail.key = key
	a.hold(key, fence, now)

	// A flag rather than recover: the panic's value and the stack stay as
	// they are for whoever is outside, http.ErrAbortHandler keeps its
	// meaning, and runtime.Goexit is seen too.
	returned := false
	var unavailable error
	ctx := context.Context(a)
	defer o.waiting.wake(key)
	defer func() {
		a.lease.stop()
		err := a.failed(ctx, returned) // before the store ends ctx
		a.dropUnused()
		switch {
		case unavailable != nil:
			a.giveBack() //nolint:errcheck // if that fails too, the lease runs out
			a.unavailable(unavailable)
		case err != nil:
			a.release(err, returned)
		default:
			a.complete()
		}
	}()
	if o.begins != nil {
		if ctx, a.tx, unavailable = o.begins.Begin(ctx, key, fence, o.opts.Retain); unavailable != nil {
			return
		}
	}
	a.request = *a.r.WithContext(ctx)
	o.next.ServeHTTP(&a.w, &a.request)
	returned = true
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
