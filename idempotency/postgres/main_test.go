//go:build unix

package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(receiverEnv); dsn != "" {
		receive(dsn)
		return
	}
	os.Exit(testserver.Main(m))
}

func dsn(s *testserver.Server) string { return "postgres://postgres@" + s.Addr + "/postgres" }

// newPool returns a pool on the server, which closes with the test.
func newPool(t testing.TB, dsn string, change func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 16
	if change != nil {
		change(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			go pool.Close() // it waits for connections that are not given back
			return
		}
		pool.Close()
	})
	return pool
}

var schemas atomic.Int64

// newSchema makes an empty schema in the pool's database.
func newSchema(t testing.TB, pool *pgxpool.Pool) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", schemas.Add(1))
	run(t, pool, "CREATE SCHEMA "+name)
	return name
}

// newStore returns an empty store on the shared server, and its schema.
func newStore(t testing.TB, pool *pgxpool.Pool, o postgres.Options) (*postgres.Store, string) {
	t.Helper()
	o.Schema = newSchema(t, pool)
	s := postgres.New(pool, "test", &o)
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s, o.Schema
}

// A db is a pool or a transaction.
type db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func run(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// number returns what a query of one number finds.
func number(t testing.TB, d db, sql string, args ...any) (n int64) {
	t.Helper()
	if err := d.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func request(id string, lease time.Duration) idempotency.Request {
	r := idempotency.Request{Key: idempotency.NewKey(idempotency.Identity{Endpoint: "test", Provider: "linktree", ID: id}), Lease: lease}
	rand.Read(r.Owner[:])
	return r
}

// claim makes a claim that must be answered with want.
func claim(t testing.TB, s *postgres.Store, r idempotency.Request, want idempotency.State) idempotency.Claim {
	t.Helper()
	c, err := s.Claim(context.Background(), r)
	if err != nil || c.State != want {
		t.Fatalf("Claim: got %v, %v, want %v", c.State, err, want)
	}
	return c
}

// idle checks that all connections are back in the pool.
func idle(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); pool.Stat().AcquiredConns() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are not back in the pool", pool.Stat().AcquiredConns())
		}
	}
}
