package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// namespace keeps the stores of services on one server apart.
const namespace = "replicas"

// An engine is a running server, in which both the deliveries and the effects
// are kept.
type engine struct {
	name  string
	exact bool // the effect and its mark are one transaction
	env   []string
	tally func(ctx context.Context, ids int) (tally, error)
	close func()
}

// A tally says how many events took effect how often.
type tally struct{ once, more, never int }

func (t *tally) add(times int) {
	switch times {
	case 0:
		t.never++
	case 1:
		t.once++
	default:
		t.more++
	}
}

// An effect is what the handler is for.
type effect func(ctx context.Context, linkID string) error

// start starts the engine from the PATH.
func start(ctx context.Context, store string) (*engine, error) {
	server, err := testserver.Start(store)
	if err != nil {
		return nil, err
	}
	e := &engine{env: []string{replicaVar + "=" + store, addrVar + "=" + server.Addr}, close: server.Close}
	switch store {
	case "postgres":
		e.name, e.exact = "PostgreSQL", true
		err = e.openPostgres(ctx, server.Addr)
	case "redis":
		e.name = "Redis"
		e.openRedis(server.Addr)
	}
	if err != nil {
		server.Close()
		return nil, err
	}
	return e, nil
}

// connect is a receiver's way to the engine.
func connect(ctx context.Context, store, addr string) (idempotency.Store, effect, error) {
	switch store {
	case "postgres":
		return connectPostgres(ctx, addr)
	case "redis":
		return connectRedis(addr)
	}
	return nil, nil, fmt.Errorf("no store %q", store)
}

func pool(ctx context.Context, addr string) (*pgxpool.Pool, error) {
	return pgxpool.New(ctx, "postgres://postgres@"+addr+"/postgres?pool_max_conns=16")
}

func (e *engine) openPostgres(ctx context.Context, addr string) error {
	db, err := pool(ctx, addr)
	if err != nil {
		return err
	}
	// The link's row is there once at most; the counter tells how often it was
	// made.
	_, err = db.Exec(ctx, `
		CREATE TABLE links (link_id text PRIMARY KEY);
		CREATE TABLE effects (link_id text PRIMARY KEY, times int NOT NULL)`)
	if err == nil {
		err = postgres.New(db, namespace, nil).Migrate(ctx)
	}
	if err != nil {
		db.Close()
		return err
	}
	stop := e.close
	e.close = func() { db.Close(); stop() }
	e.tally = func(ctx context.Context, ids int) (tally, error) {
		var t tally
		for n := range ids {
			var rows, times int
			err := db.QueryRow(ctx, `SELECT (SELECT count(*) FROM links WHERE link_id = $1),
				coalesce((SELECT times FROM effects WHERE link_id = $1), 0)`, linkID(n)).Scan(&rows, &times)
			if err != nil {
				return t, err
			}
			if rows != min(times, 1) {
				return t, fmt.Errorf("%s: %d rows of %d effects: half a transaction", linkID(n), rows, times)
			}
			t.add(times)
		}
		return t, nil
	}
	return nil
}

func connectPostgres(ctx context.Context, addr string) (idempotency.Store, effect, error) {
	db, err := pool(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	handlers, err := pool(ctx, addr)
	if err != nil {
		return nil, nil, err
	}
	return postgres.New(db, namespace, &postgres.Options{Handlers: handlers}), func(ctx context.Context, linkID string) error {
		tx, err := postgres.Tx(ctx)
		if err != nil {
			return err
		}
		batch := new(pgx.Batch)
		batch.Queue(`INSERT INTO links (link_id) VALUES ($1) ON CONFLICT DO NOTHING`, linkID)
		batch.Queue(`INSERT INTO effects AS e (link_id, times) VALUES ($1, 1)
			ON CONFLICT (link_id) DO UPDATE SET times = e.times + 1`, linkID)
		return tx.SendBatch(ctx, batch).Close()
	}, nil
}

func (e *engine) openRedis(addr string) {
	db := goredis.NewClient(&goredis.Options{Addr: addr})
	stop := e.close
	e.close = func() { _ = db.Close(); stop() } // only read from
	e.tally = func(ctx context.Context, ids int) (tally, error) {
		var t tally
		for n := range ids {
			times, err := db.Get(ctx, effectKey(linkID(n))).Int()
			if err != nil && !errors.Is(err, goredis.Nil) {
				return t, err
			}
			t.add(times)
		}
		return t, nil
	}
}

func connectRedis(addr string) (idempotency.Store, effect, error) {
	db := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true})
	return redis.New(db, namespace, nil), func(ctx context.Context, linkID string) error {
		return db.Incr(ctx, effectKey(linkID)).Err()
	}, nil
}

func effectKey(linkID string) string { return "effects:" + linkID }
