package middleware

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/keys"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// When the sender of a delivery that is turned away should try again.
const (
	retryAfterOutage   = 10 * time.Second
	retryAfterOverload = time.Second
	retryAfterShutdown = time.Second
)

var (
	errNoReturn     = errors.New("the handler did not return: it panicked or exited its goroutine")
	errHijacked     = errors.New("the handler hijacked the connection: what went over it is unknown")
	errAfterSend    = errors.New("a part of a success was sent, and then cut off")
	errHookNoReturn = errors.New("the dead-letter hook did not return: it exited its goroutine")
	errUnexplained  = errors.New("a failure was reported without a reason")
)

// An attempt is one request's way through the Once layer. If the claim is
// granted it is the context of the handler's request, too: one that lives on
// when the sender hangs up. And it is the Reporter of the handler.
type attempt struct {
	lazyContext

	once  *once
	r     *http.Request
	flow  *flow    // nil: Capture is not ours
	outer *attempt // of a Once layer before this one
	w     bufferedWriter
	out   Outcome
	place *limiter // where a place was given up to wait; nil if nowhere
	grant grant
	lease lease
	tx    idempotency.Tx // nil: the store has none to offer
	said  report

	request http.Request   // the handler's
	calls   [3]lazyContext // of the store: bind, claim, complete or release
	called  int
}

type attemptKey struct{}

func (a *attempt) Value(key any) any {
	switch key.(type) {
	case keys.Delivery:
		return a.out.Delivery
	case keys.Reporter:
		return hooklatch.Reporter(a)
	case attemptKey:
		return a
	}
	return a.lazyContext.Value(key)
}

// A report is what the handler has said of the delivery's end.
type report struct {
	mu          sync.Mutex
	disposition hooklatch.Disposition
	err         error
	hook        func(context.Context) error // not nil: takes a dead letter
}

// Report implements [hooklatch.Reporter].
func (a *attempt) Report(d hooklatch.Disposition, err error) {
	a.said.mu.Lock()
	defer a.said.mu.Unlock()
	a.said.report(d, err)
}

// report notes a disposition; r is locked.
func (r *report) report(d hooklatch.Disposition, err error) {
	if r.disposition >= hooklatch.Failed || d < r.disposition {
		return
	}
	if err == nil && d >= hooklatch.Failed {
		err = errUnexplained
	}
	r.disposition, r.err = d, err
}

// DeadLetter implements [hooklatch.Reporter].
func (a *attempt) DeadLetter(err error, hook func(context.Context) error) {
	a.said.mu.Lock()
	defer a.said.mu.Unlock()
	first := a.said.hook
	if first == nil {
		a.said.report(hooklatch.DeadLettered, err)
		a.said.hook = hook
		return
	}
	// Each of several routers hands over what it could not handle.
	a.said.report(hooklatch.DeadLettered, errors.Join(a.said.err, err))
	a.said.hook = func(ctx context.Context) error { return errors.Join(first(ctx), hook(ctx)) }
}

func (r *report) get() (d hooklatch.Disposition, hook func(context.Context) error, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.disposition, r.hook, r.err
}

// start runs the handler, if an attempt that has waited finds a place again.
func (a *attempt) start() {
	if a.place == nil {
		a.run()
		return
	}
	// Limit may have returned already, if http.TimeoutHandler stands in
	// between: it is up to the attempt to leave.
	if a.place.enter() {
		defer a.place.leave()
		a.run()
		return
	}
	_ = a.release() // if that fails, the lease runs out
	a.once.endpoint.waiting.wake(a.grant.key)
	a.end(Overloaded, nil)
	wire.Later(a.w.w, retryAfterOverload)
}

// run calls the handler and settles the claim by what comes of it.
func (a *attempt) run() {
	o, now := a.once, time.Now()
	a.parent, a.deadline = a.r.Context(), now.Add(o.opts.HandlerTimeout)
	if d, ok := a.parent.Deadline(); ok && d.Before(a.deadline) {
		a.deadline = d
	}
	defer a.finish(nil)
	a.lease.hold(a, now)

	// A flag rather than recover: the panic's value and the stack stay as
	// they are for what recovers outside, http.ErrAbortHandler keeps its
	// meaning, and runtime.Goexit is seen too.
	returned := false
	defer o.endpoint.waiting.wake(a.grant.key)
	ctx, err := a.begin()
	if err != nil {
		a.lease.stop()
		_ = a.release() // if that fails too, the lease runs out
		a.unavailable(err)
		return
	}
	defer func() { a.settle(ctx, returned) }()
	a.request = *a.r.WithContext(ctx)
	o.next.ServeHTTP(&a.w, &a.request)
	returned = true
}

// begin returns the handler's context, with a transaction if the store has any.
func (a *attempt) begin() (ctx context.Context, err error) {
	o := a.once
	if o.begins == nil {
		return a, nil
	}
	defer recovered(&err)
	ctx, a.tx, err = o.begins.Begin(a, a.grant.key, a.grant.fence, o.opts.Retain)
	return ctx, err
}

// storeContext is once.storeContext in the attempt's own memory, as long as
// that lasts.
func (a *attempt) storeContext() *lazyContext {
	if a.called == len(a.calls) {
		return a.once.storeContext(a.r.Context())
	}
	ctx := &a.calls[a.called]
	a.called++
	ctx.parent, ctx.deadline = a.r.Context(), time.Now().Add(a.once.opts.StoreTimeout)
	return ctx
}
