package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A grant is a claim that the store has granted. The attempt holds it, the lease
// keeps it alive, and a late completion goes on with it.
type grant struct {
	once  *once
	key   idempotency.Key
	fence uint64
}

func (g *grant) extend(ctx *lazyContext) error {
	return call(ctx, func() error { return g.once.store.Extend(ctx, g.key, g.fence, g.once.opts.Lease) })
}

func (g *grant) complete(ctx *lazyContext) error {
	return call(ctx, func() error { return g.once.store.Complete(ctx, g.key, g.fence, g.once.opts.Retain) })
}

func (g *grant) release(ctx *lazyContext) error {
	return call(ctx, func() error { return g.once.store.Release(ctx, g.key, g.fence) })
}

// storeContext bounds one call of the store. It has ctx's values, and does not
// end with ctx: when a sender hangs up, no claim must be left behind that no
// attempt holds.
func (o *once) storeContext(ctx context.Context) *lazyContext {
	return &lazyContext{parent: ctx, deadline: time.Now().Add(o.opts.StoreTimeout)}
}

// call makes one call of the store, and ends its context. A panic of the store
// counts as an error: what is to be done about the claim stays to be done. So does
// a panic of its error's methods, which would come when the error is acted on.
func call(ctx *lazyContext, f func() error) (err error) {
	defer ctx.finish(nil)
	defer recovered(&err)
	if err = f(); err != nil {
		_ = errors.Is(err, idempotency.ErrLost) // it panics here or nowhere
	}
	return err
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("panic: %v", v)
	}
}
