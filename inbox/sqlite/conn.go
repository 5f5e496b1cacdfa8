package inboxsqlite

import (
	"context"
	"database/sql"

	"github.com/hooklatch/hooklatch/inbox/internal/engine"
)

// A querier is a *sql.Tx or a *sql.DB.
type querier interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type conn struct{ q querier }

func (c conn) Exec(ctx context.Context, query string, args ...[]any) ([]int64, error) {
	changed := make([]int64, len(args))
	exec := func(ctx context.Context, args ...any) (sql.Result, error) {
		return c.q.ExecContext(ctx, query, args...)
	}
	if len(args) > 1 {
		stmt, err := c.q.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		defer stmt.Close()
		exec = stmt.ExecContext
	}
	for i := range args {
		result, err := exec(ctx, args[i]...)
		if err != nil {
			return nil, explained(err)
		}
		if changed[i], err = result.RowsAffected(); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

func (c conn) Query(ctx context.Context, query string, args []any, scan func(engine.Scanner) error) error {
	rows, err := c.q.QueryContext(ctx, query, args...)
	if err != nil {
		return explained(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return explained(rows.Err())
}
