//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestCause: an error says what the call was waiting for, whose deadline ended
// it, and how that came about.
func TestCause(t *testing.T) {
	server := testserver.Postgres(t, nil)
	paused, taken, locked := newPool(t, dsn(server), nil), newPool(t, dsn(server), func(c *pgxpool.Config) { c.MaxConns = 1 }), newPool(t, dsn(server), nil)
	if err := postgres.New(locked, "test", nil).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tx, err := locked.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE hooklatch_test_claims"); err != nil {
		t.Fatal(err)
	}
	conn, err := taken.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	silent := newPool(t, "postgres://postgres@127.0.0.1:1/postgres", func(c *pgxpool.Config) {
		c.ConnConfig.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	})
	refusing := newPool(t, "postgres://postgres@127.0.0.1:1/postgres", nil)
	for _, tt := range []struct {
		name  string
		pool  *pgxpool.Pool
		cause error
		says  string
		pause bool
	}{
		{"refused", refusing, syscall.ECONNREFUSED, "connection refused", false},
		{"locked", locked, os.ErrDeadlineExceeded, "no answer from the server: i/o timeout", false},
		{"all connections in use", taken, context.DeadlineExceeded, "all 1 connections of the pool are in use", false},
		{"connecting", silent, os.ErrDeadlineExceeded, "connecting: i/o timeout", false},
		{"paused", paused, os.ErrDeadlineExceeded, "connecting: i/o timeout", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.pause {
				server.Pause(t)
				defer server.Resume(t)
			}
			budget := errors.New("the budget of the test")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 250*time.Millisecond, budget)
			defer cancel()
			_, err := postgres.New(tt.pool, "test", nil).Claim(ctx, request("1", time.Hour))
			if !errors.Is(err, tt.cause) || !strings.HasPrefix(err.Error(), "postgres: claim: ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want the cause: %s", err, tt.says)
			}
			if ctx.Err() != nil && (!strings.Contains(err.Error(), "the caller's deadline passed after 2") ||
				!errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, budget)) {
				t.Errorf("got %v, want whose deadline it was", err)
			}
		})
	}
	conn.Release()
	_ = tx.Rollback(context.Background()) // its connection may be lost
}
