package idempotency

import (
	"context"
	"errors"
	"time"
)

type failOpenBinder struct {
	f      *failOpen
	shared ReplayGuard
}

func (b failOpenBinder) Bind(ctx context.Context, seal [32]byte, key Key, ttl time.Duration) (Key, error) {
	if err := checkCall(ctx, "ttl", ttl); err != nil {
		return Key{}, err
	}
	first := key
	reached, err := b.f.ask(ctx, func(ctx context.Context) (err error) {
		first, err = b.shared.Bind(ctx, seal, key, ttl)
		return err
	})
	if err != nil {
		return Key{}, err
	}
	local, ok := b.f.local.(ReplayGuard)
	switch {
	case !ok && reached:
		return first, nil
	case !ok:
		return key, nil
	case !reached:
		return local.Bind(ctx, seal, key, ttl)
	}
	aside, cancel := b.f.aside(ctx)
	defer cancel()
	local.Bind(aside, seal, first, ttl) //nolint:errcheck // local is only told
	return first, nil
}

type failOpenTransactor struct {
	f      *failOpen
	shared Transactor
}

func (t failOpenTransactor) Begin(ctx context.Context, key Key, fence uint64, retain time.Duration) (context.Context, Tx, error) {
	ended := failOpenTx{f: t.f, key: key, fence: fence, retain: retain}
	if fence >= localFence {
		return ctx, ended, nil
	}
	within, tx, err := t.shared.Begin(ctx, key, fence, retain)
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
		return t.f.completeLocal(ctx, t.key, t.fence, t.retain)
	}
	err := t.tx.Commit(ctx)
	if err == nil || errors.Is(err, ErrLost) {
		t.f.noteDone(ctx, t.key, t.fence, t.retain, err)
	}
	return err
}

func (t failOpenTx) Rollback(ctx context.Context) error {
	if t.tx == nil {
		return nil
	}
	return t.tx.Rollback(ctx)
}
