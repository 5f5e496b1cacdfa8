package middleware

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// dropUnused ends a transaction that the handler did not ask for: the claim is
// then one as in any store, whose completion can be tried on.
func (a *attempt) dropUnused() {
	if a.tx != nil && !a.tx.Used() {
		a.rollback() //nolint:errcheck // there is nothing in it
		a.tx = nil
	}
}

// complete marks the delivery done, and only then lets the answer out.
func (a *attempt) complete() {
	w := a.w.w
	err := a.markDone()
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
			a.giveBack() //nolint:errcheck // if that fails too, the lease runs out
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
		err = errors.Join(err, a.rollback())
	}
	switch rerr := a.giveBack(); {
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

func (a *attempt) unavailable(err error) {
	a.end(Unavailable, err)
	wire.Later(a.w.w, retryAfterOutage)
}

// markDone completes the claim, through the transaction if there is one.
func (a *attempt) markDone() error {
	ctx := a.storeContext()
	defer ctx.finish(nil)
	if a.tx != nil {
		return a.tx.Commit(ctx)
	}
	return a.lease.complete(ctx)
}

func (a *attempt) rollback() error {
	ctx := a.storeContext()
	defer ctx.finish(nil)
	return a.tx.Rollback(ctx)
}

func (a *attempt) giveBack() error {
	ctx := a.storeContext()
	defer ctx.finish(nil)
	return a.once.store.Release(ctx, a.lease.key, a.lease.fence)
}
