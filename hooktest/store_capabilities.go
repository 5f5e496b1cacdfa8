package hooktest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// What a store can do besides, for embedding.
type (
	anyStore = idempotency.Store
	guards   = idempotency.ReplayGuard
	forgets  = idempotency.Forgetter
	begins   = idempotency.Transactor
)

// capable returns s with those of the others that are not nil, and no more:
// callers look for what a store can do by its method set. Package idempotency
// has the same for FailOpen, of which it exports nothing.
func capable(s idempotency.Store, g guards, f forgets, t begins) idempotency.Store {
	switch {
	case t != nil:
		return transactional(s, g, f, t)
	case g != nil && f != nil:
		return struct {
			anyStore
			guards
			forgets
		}{s, g, f}
	case g != nil:
		return struct {
			anyStore
			guards
		}{s, g}
	case f != nil:
		return struct {
			anyStore
			forgets
		}{s, f}
	}
	return s
}

// transactional is capable for a store with transactions.
func transactional(s idempotency.Store, g guards, f forgets, t begins) idempotency.Store {
	switch {
	case g != nil && f != nil:
		return struct {
			anyStore
			guards
			forgets
			begins
		}{s, g, f, t}
	case g != nil:
		return struct {
			anyStore
			guards
			begins
		}{s, g, t}
	case f != nil:
		return struct {
			anyStore
			forgets
			begins
		}{s, f, t}
	}
	return struct {
		anyStore
		begins
	}{s, t}
}

type replayGuard struct {
	inner  idempotency.ReplayGuard
	faults *Faults
}

func (g replayGuard) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	return call(ctx, g.faults, Bind, func() (idempotency.Key, error) {
		return g.inner.Bind(ctx, digest, key, ttl)
	})
}

type forgetter struct {
	inner  idempotency.Forgetter
	faults *Faults
}

func (f forgetter) Forget(ctx context.Context, key idempotency.Key) (bool, error) {
	return call(ctx, f.faults, Forget, func() (bool, error) {
		return f.inner.Forget(ctx, key)
	})
}

type transactor struct {
	inner  idempotency.Transactor
	faults *Faults
}

func (t transactor) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	within := ctx
	begun, err := call(ctx, t.faults, Begin, func() (idempotency.Tx, error) {
		var begun idempotency.Tx
		var err error
		within, begun, err = t.inner.Begin(ctx, key, fence, retain)
		return begun, err
	})
	if err != nil {
		return ctx, nil, err
	}
	return within, tx{begun, t.faults}, nil
}

type tx struct {
	inner  idempotency.Tx
	faults *Faults
}

func (t tx) Used() bool { return t.inner.Used() }

func (t tx) Commit(ctx context.Context) error {
	return t.faults.call(ctx, Commit, func() error { return t.inner.Commit(ctx) })
}

func (t tx) Rollback(ctx context.Context) error {
	return t.faults.call(ctx, Rollback, func() error { return t.inner.Rollback(ctx) })
}
