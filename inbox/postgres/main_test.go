//go:build unix

package inboxpostgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/inbox"
	inboxpostgres "github.com/hooklatch/hooklatch/inbox/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Main(m)) }

// newPool returns a pool on a server, which closes with the test.
func newPool(t testing.TB, s *testserver.Server) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig("postgres://postgres@" + s.Addr + "/postgres")
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 16
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

// newSchema returns the name of a schema that is not there.
func newSchema() string { return fmt.Sprintf("test_%d", schemas.Add(1)) }

// newBox returns a box that logs nothing.
func newBox(t testing.TB, pool *pgxpool.Pool, schema string, s inbox.Settings) *inboxpostgres.Box {
	t.Helper()
	s.Logger = slog.New(slog.DiscardHandler)
	box, err := inboxpostgres.New(context.Background(), pool, &inboxpostgres.Options{Settings: s, Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	return box
}
