package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hooklatch/hooklatch/idempotency"
)

// CompleteTx marks the delivery in ctx done within a transaction that the
// handler began itself, in the store's database, and commits itself before it
// returns. It is for handlers with transactions of their own making; [Tx] is
// simpler. ctx is the handler's context or one made from it; otherwise the
// error is [ErrNoClaim].
//
// Call it last, right before the Commit: until then it holds the claim's row,
// and the lease can't be renewed. If it returns idempotency.ErrLost, another
// holder has taken over: roll back. If the transaction is tried again, call it
// again.
//
// The Once layer does not complete the delivery a second time, but
// looks whether it is done. If it isn't, because the transaction has not been
// committed after all, the sender is asked to come again.
//
// A handler uses either Tx or CompleteTx, not both: the second is an error.
//
// The transaction should be read committed. At a higher isolation level, a
// renewal of the lease since its first statement makes CompleteTx fail with a
// serialization failure (SQLSTATE 40001).
func CompleteTx(ctx context.Context, tx pgx.Tx) error {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return ErrNoClaim
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.over:
		return errOver
	case a.tx != nil:
		return errMixed
	}
	a.marked = true
	return a.store.CompleteTx(ctx, tx, a.key, a.fence, a.retain)
}

// CompleteTx is [Store.Complete] within a transaction: it counts if and when tx
// is committed. It is for callers who have claimed the key themselves, such as
// a queue's consumer; handlers behind middleware.Once use [CompleteTx] or [Tx].
// If it returns idempotency.ErrLost, roll back.
func (s *Store) CompleteTx(ctx context.Context, tx pgx.Tx, key idempotency.Key, fence uint64, retain time.Duration) error {
	d, err := interval("retain", retain)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, s.sql.complete, s.handlers.args([]any{key[:], int64(fence), d})...)
	if err != nil {
		return failed("complete", err)
	}
	if tag.RowsAffected() == 0 {
		return idempotency.ErrLost
	}
	return nil
}

var errUndone = errors.New("the transaction that CompleteTx was called in has not been committed")

const verifySQL = `
SELECT state = 3 FROM hooklatch_claims WHERE key = $1::bytea AND fence = $2::bigint`

// verify returns nil if the claim has been completed under the fence.
func (s *Store) verify(ctx context.Context, key idempotency.Key, fence uint64) error {
	var done bool
	err := s.pool.queryRow(ctx, s.sql.verify, []any{key[:], int64(fence)}, &done)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return idempotency.ErrLost
	case err != nil:
		return failed("complete", err)
	case !done:
		return atFault(errUndone)
	}
	return nil
}
