package idempotency

import (
	"context"
	"errors"
	"time"
)

type failOpenTransactor struct {
	f      *failOpen
	shared Transactor
}

func (t failOpenTransactor) Begin(ctx context.Context, key Key, fence uint64, retain time.Duration) (context.Context, Tx, error) {
	ended := failOpenTx{f: t.f, key: key, fence: fence, retain: retain}
	if fence >= localFence {
		return ctx, ended, nil
	}
	d, err := t.f.deliveries.enter(ctx, key)
	if err != nil {
		return ctx, nil, err
	}
	shared := d.byFence(fence).sharedOr(fence)
	t.f.deliveries.leave(key, d)
	within, tx, err := t.shared.Begin(ctx, key, shared, retain)
	if err != nil {
		return within, nil, err
	}
	ended.tx = tx
	return within, ended, nil
}

// A failOpenTx ends a claim that shared has granted, or, without a transaction,
// one that local has.
type failOpenTx struct {
	f      *failOpen
	tx     Tx // nil: granted by local
	key    Key
	fence  uint64
	retain time.Duration
}

// Used implements [Tx]. What is not used, the store's own methods end.
func (t failOpenTx) Used() bool { return t.tx != nil && t.tx.Used() }

func (t failOpenTx) Commit(ctx context.Context) error {
	if t.tx == nil {
		return t.f.Complete(ctx, t.key, t.fence, t.retain)
	}
	d, err := t.f.deliveries.enter(ctx, t.key)
	if err != nil {
		return t.undo(ctx, err)
	}
	defer t.f.deliveries.leave(t.key, d)
	g := d.byFence(t.fence)
	if err := t.f.keep(ctx, g, 0); err != nil {
		return t.undo(ctx, err)
	}
	switch err = t.tx.Commit(ctx); {
	case err == nil:
		t.f.completed(ctx, g, t.retain)
		d.drop(g)
	case errors.Is(err, ErrLost):
		t.f.lost(ctx, d, g)
	} // else it is not known whether the effect is there: the holder has it run again
	return err
}

// undo rolls back what can't be committed because of err.
func (t failOpenTx) undo(ctx context.Context, err error) error {
	aside, cancel := t.f.aside(ctx)
	defer cancel()
	return errors.Join(err, t.tx.Rollback(aside))
}

func (t failOpenTx) Rollback(ctx context.Context) error {
	if t.tx == nil {
		return nil
	}
	return t.tx.Rollback(ctx)
}
