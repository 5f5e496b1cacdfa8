package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const madeSQL = `
SELECT to_regclass('hooklatch_claims') IS NOT NULL
	AND to_regclass('hooklatch_digests') IS NOT NULL
	AND to_regclass('hooklatch_fences') IS NOT NULL
	AND to_regprocedure('hooklatch_claim(bytea, uuid, bytea, interval)') IS NOT NULL
	AND to_regprocedure('hooklatch_bind(bytea, bytea, interval)') IS NOT NULL`

// migrateLock is the advisory lock that Migrate takes for its transaction, on
// the store's schema text: stores with other names don't wait.
const migrateLock = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

// Migrate makes the tables and functions, unless they are there: then it changes
// nothing, waits for no lock and needs no right to make any. Any number of
// replicas may call it at once as they start.
//
// It all happens in one transaction, which PgBouncer refuses in its statement
// mode. Where a tool runs the migrations, give it the SQL of [Store.Schema];
// there is no need to call Migrate.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	var made bool
	if err := s.pool.queryRow(ctx, s.sql.made, nil, &made); err != nil || made {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool.pool, func(tx pgx.Tx) error {
		// IF NOT EXISTS alone fails where two begin at the same time.
		if _, err := tx.Exec(ctx, migrateLock, s.pool.args([]any{s.sql.schema})...); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, s.sql.schema)
		return err
	})
}

// Schema returns the SQL that makes the tables and functions, under the store's
// names: the file schema.sql beside this source, with the namespace in it. It
// can be run again and again.
func (s *Store) Schema() string { return s.sql.schema }
