package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/hooklatch/hooklatch/idempotency"
)

// markSQL also tells in which transaction it runs.
const markSQL = `
WITH done AS (
	UPDATE hooklatch_claims SET
		until = CASE WHEN state = 2 THEN clock_timestamp() + $3::interval ELSE until END,
		state = 3
	WHERE key = $1::bytea AND fence = $2::bigint AND (state = 2 OR state = 3 AND until > clock_timestamp())
	RETURNING 1
)
SELECT EXISTS (SELECT FROM done), coalesce(current_setting('hooklatch.attempt', true), '')`

var (
	errAborted = errors.New("a statement in it failed and the handler went on: return that error, or use a savepoint")
	errEnded   = errors.New("the handler ended it by a statement of its own, COMMIT or ROLLBACK")
	errRows    = errors.New("rows that were queried in it are still open")
	errLostTx  = errors.New("the connection was lost while the handler ran")
)

// atFault returns an error that says that the handler is at fault, and why.
func atFault(why error) error {
	return fmt.Errorf("postgres: %w: %w", idempotency.ErrHandlerTx, why)
}

// fit returns nil if the connection is in a transaction that can go on.
func fit(conn *pgconn.PgConn) error {
	switch {
	case conn.IsClosed():
		return failed("commit", errLostTx)
	case conn.IsBusy():
		return atFault(errRows)
	case conn.TxStatus() == 'E':
		return atFault(errAborted)
	case conn.TxStatus() != 'T':
		return atFault(errEnded)
	}
	return nil
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
	err := a.commit(ctx, tx)
	if err != nil {
		_ = a.rollback(ctx, tx, err) // if that fails, the connection is closed
	}
	a.conn.Release()
	return err
}

func (a *attempt) commit(ctx context.Context, tx pgx.Tx) error {
	if err := fit(a.conn.Conn().PgConn()); err != nil {
		return err
	}
	if err := a.mark(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return blame(err, "23", "22", "P0", "42", "44")
	}
	return nil
}

// mark marks the delivery done in the transaction.
func (a *attempt) mark(ctx context.Context, tx pgx.Tx) error {
	d, err := interval("retain", a.retain)
	if err != nil {
		return err
	}
	var done bool
	var name string
	row := tx.QueryRow(ctx, a.store.sql.mark, a.store.handlers.args([]any{a.key[:], int64(a.fence), d})...)
	switch err := row.Scan(&done, &name); {
	case err != nil:
		// The tables were there for the claim: the handler has changed its
		// role or its search_path.
		return blame(err, "42")
	case name != a.name():
		return atFault(errEnded)
	case !done:
		return idempotency.ErrLost
	}
	return nil
}

// blame says who is at fault for an error of the commit: the handler, if the
// server reports an error of one of the given classes.
func blame(err error, classes ...string) error {
	var e *pgconn.PgError
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return atFault(errAborted)
	}
	if errors.As(err, &e) && len(e.Code) == 5 {
		for _, class := range classes {
			if e.Code[:2] == class {
				return atFault(err)
			}
		}
	}
	return fmt.Errorf("postgres: commit: %w", err)
}

// Rollback implements [idempotency.Tx].
func (a *attempt) Rollback(ctx context.Context) error {
	tx := a.end()
	if tx == nil {
		return nil
	}
	defer a.conn.Release()
	if err := a.rollback(ctx, tx, nil); err != nil {
		return fmt.Errorf("postgres: rollback: %w", err)
	}
	return nil
}

const readOnlySQL = `
SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean`

// rollback rolls back, and closes the connection if it leads to a server that
// was made read-only. An error closes it too: then the server rolls back.
func (a *attempt) rollback(ctx context.Context, tx pgx.Tx, cause error) error {
	aborted := a.conn.Conn().PgConn().TxStatus() == 'E'
	err := tx.Rollback(ctx)
	if errors.Is(err, pgx.ErrTxClosed) {
		err = nil
	}
	if err == nil && aborted {
		var readOnly bool
		row := a.conn.QueryRow(ctx, readOnlySQL, a.store.handlers.mode)
		if row.Scan(&readOnly) == nil && readOnly {
			cause = &pgconn.PgError{Code: "25006"}
		}
	}
	a.store.handlers.discard(ctx, a.conn, cause)
	return err
}
