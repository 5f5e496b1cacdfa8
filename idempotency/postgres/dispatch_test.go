//go:build unix

package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestHandlers sends one delivery to a Mux whose handler writes a row in its
// transaction and ends in one way or another; there is a dead-letter hook.
func TestHandlers(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	for _, tt := range []struct {
		name    string
		handle  func(ctx context.Context, tx pgx.Tx) error
		ok      bool
		effects int64
		dead    int64
		says    string // in the log
	}{
		{"nil", func(context.Context, pgx.Tx) error { return nil }, true, 1, 0, ""},
		{"the idiom", func(ctx context.Context, tx pgx.Tx) error { defer tx.Rollback(ctx); return tx.Commit(ctx) }, true, 1, 0, ""},
		{"a deferred Rollback", func(ctx context.Context, tx pgx.Tx) error { return tx.Rollback(ctx) }, true, 1, 0, ""},
		{"an error", func(context.Context, pgx.Tx) error { return errors.New("not today") }, false, 0, 0, "not today"},
		{"Permanent", func(context.Context, pgx.Tx) error { return dispatch.Permanent(errors.New("never")) }, true, 0, 1, "never"},
		{"Permanent after Commit", func(ctx context.Context, tx pgx.Tx) error {
			return dispatch.Permanent(errors.Join(errors.New("never"), tx.Commit(ctx)))
		}, true, 0, 1, "never"},
		{"an SQL error, Permanent", func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT 1/0")
			return dispatch.Permanent(err)
		}, true, 0, 1, "division by zero"},
		{"an SQL error, ignored", func(ctx context.Context, tx pgx.Tx) error {
			_, _ = tx.Exec(ctx, "SELECT 1/0")
			return nil
		}, false, 0, 0, "a statement in it failed and the handler went on"},
		{"raw ROLLBACK", func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "ROLLBACK")
			return err
		}, false, 0, 0, "COMMIT or ROLLBACK"},
		{"raw COMMIT", func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "COMMIT")
			return err
		}, false, 1, 0, "COMMIT or ROLLBACK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, schema := newStore(t, pool, postgres.Options{})
			run(t, pool, "CREATE TABLE "+schema+".effects (n int)")
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, nil))
			var dead atomic.Int64
			mux := &dispatch.Mux{Logger: logger, DeadLetter: func(ctx context.Context, _ *hooklatch.Delivery, _ error) error {
				dead.Add(1)
				if _, err := postgres.Tx(ctx); err == nil {
					t.Error("the hook has the handler's transaction")
				}
				_, err := pool.Exec(ctx, "SELECT FROM "+schema+".effects")
				return err
			}}
			mux.Handle(linktree.LinkCreated, dispatch.HandlerFunc(func(ctx context.Context, _ *hooklatch.Delivery) error {
				tx, err := postgres.Tx(ctx)
				if err == nil {
					_, err = tx.Exec(ctx, "INSERT INTO "+schema+".effects VALUES (1)")
				}
				if err != nil {
					t.Error(err)
				}
				return tt.handle(ctx, tx)
			}))
			hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: logger})
			srv := httptest.NewServer(linktree.Receiver(hook, newScheme(), s, mux, &middleware.ReceiverOptions{
				Once: &middleware.OnceOptions{StoreTimeout: 5 * time.Second},
			}))
			ev := newEvents(1)[0]
			status := post(t.Context(), newClient(), srv.URL, ev)
			srv.Close()
			if ok := status == 200; ok != tt.ok || !ok && status/100 != 5 {
				t.Errorf("status %d, want success: %v", status, tt.ok)
			}
			idle(t, pool)
			if n := number(t, pool, "SELECT count(*) FROM "+schema+".effects"); n != tt.effects || dead.Load() != tt.dead {
				t.Errorf("%d effects and %d dead letters, want %d and %d", n, dead.Load(), tt.effects, tt.dead)
			}
			claim(t, s, request(ev.ID, time.Hour), map[bool]idempotency.State{true: idempotency.Done, false: idempotency.Granted}[tt.ok])
			if !strings.Contains(log.String(), tt.says) {
				t.Errorf("the log does not say %q:\n%s", tt.says, &log)
			}
		})
	}
}
