package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/inbox"
	inboxpostgres "github.com/hooklatch/hooklatch/inbox/postgres"
	inboxsqlite "github.com/hooklatch/hooklatch/inbox/sqlite"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// place makes room for a store, and says where it is.
func place(store string) (at string, stop func(), err error) {
	switch store {
	case "sqlite":
		dir, err := os.MkdirTemp("", "inbox")
		return filepath.Join(dir, "inbox.db"), func() { _ = os.RemoveAll(dir) }, err // a temporary folder may stay
	case "postgres":
		server, err := testserver.Start("postgres")
		if err != nil {
			return "", nil, err
		}
		return "postgres://postgres@" + server.Addr + "/postgres?pool_max_conns=16", server.Close, nil
	}
	return "", nil, fmt.Errorf("no store %q", store)
}

// A kept is an inbox with the program's own table beside it.
type kept struct {
	inbox.Runner
	effect func(ctx context.Context, id string) error  // in the handler's transaction
	rows   func(ctx context.Context) ([]string, error) // the ids, in the order of their effects
	close  func()
}

func open(ctx context.Context, store, at string, set inbox.Settings) (*kept, error) {
	if store == "postgres" {
		return openPostgres(ctx, at, set)
	}
	return openSQLite(ctx, at, set)
}

func openSQLite(ctx context.Context, at string, set inbox.Settings) (*kept, error) {
	box, err := inboxsqlite.Open(ctx, at, &inboxsqlite.Options{Settings: set})
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", "file:"+at+"?_pragma=busy_timeout(10000)")
	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS effects (n integer PRIMARY KEY AUTOINCREMENT, id text NOT NULL)")
	}
	k := &kept{Runner: box, close: func() {
		_ = db.Close()  // all was committed
		_ = box.Close() // as above
	}}
	k.effect = func(ctx context.Context, id string) error {
		tx, err := inboxsqlite.Tx(ctx)
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO effects (id) VALUES (?)", id)
		}
		return err
	}
	k.rows = func(ctx context.Context) ([]string, error) {
		found, err := db.QueryContext(ctx, "SELECT id FROM effects ORDER BY n")
		if err != nil {
			return nil, err
		}
		defer found.Close()
		return ids(found)
	}
	return k, err
}

func openPostgres(ctx context.Context, at string, set inbox.Settings) (*kept, error) {
	pool, err := pgxpool.New(ctx, at)
	if err != nil {
		return nil, err
	}
	box, err := inboxpostgres.New(ctx, pool, &inboxpostgres.Options{Settings: set})
	if err == nil {
		_, err = pool.Exec(ctx, "CREATE TABLE IF NOT EXISTS effects (n bigserial PRIMARY KEY, id text NOT NULL)")
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	k := &kept{Runner: box, close: pool.Close}
	k.effect = func(ctx context.Context, id string) error {
		tx, err := inboxpostgres.Tx(ctx)
		if err == nil {
			_, err = tx.Exec(ctx, "INSERT INTO effects (id) VALUES ($1)", id)
		}
		return err
	}
	k.rows = func(ctx context.Context) ([]string, error) {
		found, err := pool.Query(ctx, "SELECT id FROM effects ORDER BY n")
		if err != nil {
			return nil, err
		}
		defer found.Close()
		return ids(found)
	}
	return k, nil
}

// ids reads rows of an id.
func ids(rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
},
) (all []string, err error) {
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}
