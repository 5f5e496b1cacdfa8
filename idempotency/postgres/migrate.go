package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const tablesSQL = `
SELECT to_regclass('hooklatch_claims') IS NOT NULL
	AND to_regclass('hooklatch_seals') IS NOT NULL
	AND to_regclass('hooklatch_fences') IS NOT NULL`

// migrateLock is the advisory lock that Migrate takes for its transaction, on
// the store's schema text: stores with other names don't wait.
const migrateLock = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

// Migrate makes the tables, unless they are there: then it changes nothing,
// waits for nobody and needs no right to make any. Any number of replicas may
// call it at once as they start.
//
// It all happens in one transaction. Those who run migrations with a tool of
// their own find the SQL in [Store.Schema], and don't need Migrate.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	var there bool
	if err := s.pool.QueryRow(ctx, s.sql.tables).Scan(&there); err != nil || there {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		// IF NOT EXISTS alone fails where two begin at the same time.
		if _, err := tx.Exec(ctx, migrateLock, s.sql.schema); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, s.sql.schema)
		return err
	})
}

// Schema returns the SQL that makes the tables, under the store's names; with
// the default ones it is the file schema.sql beside this source. It can be run
// again and again.
func (s *Store) Schema() string { return s.sql.schema }
