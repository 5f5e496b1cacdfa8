package postgres

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A handlerTx is what the handler sees of the transaction. Its Commit and
// Rollback close it to the handler, and leave its end to the Once layer.
type handlerTx struct {
	pgx.Tx
	closed atomic.Bool
}

// Commit closes the transaction to the handler. It fails where the transaction
// can't be committed any more.
func (t *handlerTx) Commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.closed.Swap(true) {
		return pgx.ErrTxClosed
	}
	return fit(t.Conn().PgConn())
}

// Rollback closes the transaction to the handler.
func (t *handlerTx) Rollback(context.Context) error {
	if t.closed.Swap(true) {
		return pgx.ErrTxClosed
	}
	return nil
}

func (t *handlerTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if t.closed.Load() {
		return nil, pgx.ErrTxClosed
	}
	return t.Tx.Begin(ctx)
}

func (t *handlerTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if t.closed.Load() {
		return pgconn.CommandTag{}, pgx.ErrTxClosed
	}
	return t.Tx.Exec(ctx, sql, args...)
}

func (t *handlerTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if t.closed.Load() {
		return noRows{}, pgx.ErrTxClosed
	}
	return t.Tx.Query(ctx, sql, args...)
}

func (t *handlerTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if t.closed.Load() {
		return noRows{}
	}
	return t.Tx.QueryRow(ctx, sql, args...)
}

func (t *handlerTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	if t.closed.Load() {
		return nil, pgx.ErrTxClosed
	}
	return t.Tx.Prepare(ctx, name, sql)
}

func (t *handlerTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if t.closed.Load() {
		return 0, pgx.ErrTxClosed
	}
	return t.Tx.CopyFrom(ctx, table, columns, rows)
}

func (t *handlerTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if t.closed.Load() {
		return noResults{}
	}
	return t.Tx.SendBatch(ctx, b)
}

// noRows and noResults are what a closed transaction answers with. They embed
// their interfaces, which grow with pgx, and have all methods of today.
type noRows struct{ pgx.Rows }

func (noRows) Close()                                       {}
func (noRows) Err() error                                   { return pgx.ErrTxClosed }
func (noRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (noRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (noRows) Next() bool                                   { return false }
func (noRows) Scan(...any) error                            { return pgx.ErrTxClosed }
func (noRows) Values() ([]any, error)                       { return nil, pgx.ErrTxClosed }
func (noRows) RawValues() [][]byte                          { return nil }
func (noRows) Conn() *pgx.Conn                              { return nil }
func (noRows) TypeMap() *pgtype.Map                         { return nil }

type noResults struct{ pgx.BatchResults }

func (noResults) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, pgx.ErrTxClosed }
func (noResults) Query() (pgx.Rows, error)         { return noRows{}, pgx.ErrTxClosed }
func (noResults) QueryRow() pgx.Row                { return noRows{} }
func (noResults) Close() error                     { return pgx.ErrTxClosed }
func (noResults) Tx() pgx.Tx                       { return nil }
