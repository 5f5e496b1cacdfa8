package inboxpostgres

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/hooklatch/hooklatch/inbox/internal/engine"
)

// A querier is a pgx.Tx or a *pgxpool.Pool.
type querier interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
}

type conn struct {
	q      querier
	schema string
}

// Exec sends a statement with all of its arguments in one go.
func (c conn) Exec(ctx context.Context, query string, args ...[]any) (changed []int64, err error) {
	query = rewritten(query, c.schema)
	if len(args) == 1 {
		tag, err := c.q.Exec(ctx, query, args[0]...)
		return []int64{tag.RowsAffected()}, err
	}
	var b pgx.Batch
	for i := range args {
		b.Queue(query, args[i]...)
	}
	results := c.q.SendBatch(ctx, &b)
	defer func() {
		if closed := results.Close(); err == nil {
			err = closed
		}
	}()
	for range args {
		tag, err := results.Exec()
		if err != nil {
			return nil, err
		}
		changed = append(changed, tag.RowsAffected())
	}
	return changed, nil
}

func (c conn) Query(ctx context.Context, query string, args []any, scan func(engine.Scanner) error) error {
	rows, err := c.q.Query(ctx, rewritten(query, c.schema), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

var rewrites sync.Map // of [2]string to string

// rewritten puts in the schema, and PostgreSQL's parameters for question marks.
func rewritten(query, schema string) string {
	key := [2]string{query, schema}
	if known, ok := rewrites.Load(key); ok {
		return known.(string)
	}
	var b strings.Builder
	n := 0
	for _, r := range qualified(query, schema) {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	// What a filter makes has many forms; what runs all the time has few.
	if !strings.Contains(query, " IN (") {
		rewrites.Store(key, b.String())
	}
	return b.String()
}

// qualified puts the schema before the names of tables, and not before those of
// indexes, which are in the schema of their table.
func qualified(query, schema string) string {
	const table = "hooklatch_inbox"
	query = strings.ReplaceAll(query, table, schema+"."+table)
	query = strings.ReplaceAll(query, " river_job", " "+schema+".river_job")
	return strings.ReplaceAll(query, "CREATE INDEX "+schema+".", "CREATE INDEX ")
}
