package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hooklatch/hooklatch/idempotency"
)

var (
	// ErrNoClaim is what [Tx] and [CompleteTx] return where no claim of a
	// [Store] is in the context: the handler does not run behind
	// middleware.Once with such a store, or has not been given the request's
	// own context.
	ErrNoClaim = errors.New("postgres: no claim of a postgres store in the context")

	errOver   = errors.New("postgres: the handler has returned: its transaction is over")
	errCommit = errors.New("postgres: the transaction is committed when the handler has returned, not by it")
	errUndone = errors.New("postgres: the transaction that CompleteTx was called in has not been committed")
	errMixed  = errors.New("postgres: Tx and CompleteTx in one handler: only one transaction can hold the mark")
)

// Tx returns the transaction in which the handler's own writes and the
// delivery's completed mark commit together: both happen or neither, at
// whatever instruction the process dies. ctx is the handler's context or one
// made from it; otherwise the error is [ErrNoClaim].
//
// The transaction begins with the first call, at the isolation level read
// committed; further calls return the same. A handler that doesn't ask for it
// costs nothing. When the handler has returned, the middleware.Once layer
// commits the transaction with the mark in it if the delivery has taken effect,
// and rolls it back if it has not, or if the claim was lost to another holder.
//
// The handler must not end it: Commit returns an error, and after Rollback the
// delivery is not completed but asked for again. Begin, for a savepoint, is
// fine. Like every pgx.Tx it is for one goroutine at a time, and all rows that
// were queried in it must be closed when the handler returns.
func Tx(ctx context.Context) (pgx.Tx, error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return nil, ErrNoClaim
	}
	return a.open(ctx)
}

// Begin implements [idempotency.Transactor]; see [Tx]. It never fails.
func (s *Store) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	ctx, cancel := context.WithCancel(ctx)
	a := &attempt{store: s, key: key, fence: fence, retain: retain, handler: ctx, cancel: cancel}
	return context.WithValue(ctx, attemptKey{}, a), a, nil
}

type attemptKey struct{}

// An attempt is what the handler's context carries, and the [idempotency.Tx].
type attempt struct {
	store  *Store
	key    idempotency.Key
	fence  uint64
	retain time.Duration

	handler context.Context
	cancel  context.CancelFunc // of handler

	mu     sync.Mutex
	tx     pgx.Tx // nil: nobody has asked
	marked bool   // by CompleteTx, in a transaction of the handler's own
	over   bool
}

// open returns the transaction, which it begins if need be.
func (a *attempt) open(ctx context.Context) (pgx.Tx, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.over:
		return nil, errOver
	case a.marked:
		return nil, errMixed
	}
	if a.tx == nil {
		// Whatever context the handler has made of its own: to wait for a
		// connection ends with the handler.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(a.handler, cancel)()
		// Read committed, whatever the database's default: at a higher
		// level each renewal of the lease would make the mark fail.
		tx, err := a.store.handlers.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
		if err != nil {
			return nil, fmt.Errorf("postgres: begin: %w", err)
		}
		a.tx = tx
	}
	return handlerTx{a.tx}, nil
}

// end returns the transaction, if there is one, and lets nobody begin another.
// A goroutine that the handler has left behind may be about to: it is told to
// stop.
func (a *attempt) end() pgx.Tx {
	a.cancel()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	return a.tx
}

// Used implements [idempotency.Tx].
func (a *attempt) Used() bool {
	a.cancel() // a goroutine that the handler has left behind may be about to ask
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tx != nil || a.marked
}

// Commit implements [idempotency.Tx].
func (a *attempt) Commit(ctx context.Context) error {
	tx := a.end()
	switch {
	case tx == nil && a.marked:
		return a.store.verify(ctx, a.key, a.fence)
	case tx == nil:
		return a.store.Complete(ctx, a.key, a.fence, a.retain)
	}
	// Whatever happens, the connection goes back to its pool, or is closed.
	defer tx.Rollback(ctx) //nolint:errcheck // it has been committed, or there is an error already
	if err := a.store.CompleteTx(ctx, tx, a.key, a.fence, a.retain); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("postgres: commit: %w", err)
	}
	return nil
}

// Rollback implements [idempotency.Tx].
func (a *attempt) Rollback(ctx context.Context) error {
	tx := a.end()
	if tx == nil {
		return nil
	}
	// After an error the connection is closed, and the server rolls back.
	if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return fmt.Errorf("postgres: rollback: %w", err)
	}
	return nil
}

// A handlerTx is what the handler sees of the transaction.
type handlerTx struct{ pgx.Tx }

func (handlerTx) Commit(context.Context) error { return errCommit }
