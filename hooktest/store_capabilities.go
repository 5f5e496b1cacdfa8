package hooktest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

type binder struct {
	inner  idempotency.ReplayGuard
	faults *Faults
}

func (b binder) Bind(ctx context.Context, seal [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	return call(ctx, b.faults, Bind, func() (idempotency.Key, error) {
		return b.inner.Bind(ctx, seal, key, ttl)
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
