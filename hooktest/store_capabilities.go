package hooktest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// capable returns s with those of the others that are not nil, and no more:
// callers look for what a store can do by its method set. Package idempotency
// has the same for FailOpen, of which it exports nothing.
func capable(s idempotency.Store, guard idempotency.ReplayGuard, forgetter idempotency.Forgetter, transactor idempotency.Transactor) idempotency.Store {
	type (
		store = idempotency.Store
		g     = idempotency.ReplayGuard
		f     = idempotency.Forgetter
		t     = idempotency.Transactor
	)
	switch guards, forgets, begins := guard != nil, forgetter != nil, transactor != nil; {
	case guards && forgets && begins:
		return struct {
			store
			g
			f
			t
		}{s, guard, forgetter, transactor}
	case guards && forgets:
		return struct {
			store
			g
			f
		}{s, guard, forgetter}
	case guards && begins:
		return struct {
			store
			g
			t
		}{s, guard, transactor}
	case forgets && begins:
		return struct {
			store
			f
			t
		}{s, forgetter, transactor}
	case guards:
		return struct {
			store
			g
		}{s, guard}
	case forgets:
		return struct {
			store
			f
		}{s, forgetter}
	case begins:
		return struct {
			store
			t
		}{s, transactor}
	}
	return s
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
