//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
)

// TestTxEnds: what the handler calls in the end, and what the layer then does,
// in each combination.
func TestTxEnds(t *testing.T) {
	commit := func(r *txRig, tx pgx.Tx) error { return tx.Commit(r.ctx) }
	rollback := func(r *txRig, tx pgx.Tx) error { return tx.Rollback(r.ctx) }
	for _, tt := range []struct {
		name  string
		calls []func(r *txRig, tx pgx.Tx) error
		want  []error
	}{
		{"neither", nil, nil},
		{"commit", []func(*txRig, pgx.Tx) error{commit}, []error{nil}},
		{"rollback", []func(*txRig, pgx.Tx) error{rollback}, []error{nil}},
		{"commit, rollback", []func(*txRig, pgx.Tx) error{commit, rollback}, []error{nil, pgx.ErrTxClosed}},
		{"rollback, commit", []func(*txRig, pgx.Tx) error{rollback, commit}, []error{nil, pgx.ErrTxClosed}},
		{"commit, commit", []func(*txRig, pgx.Tx) error{commit, commit}, []error{nil, pgx.ErrTxClosed}},
		{"rollback, rollback", []func(*txRig, pgx.Tx) error{rollback, rollback}, []error{nil, pgx.ErrTxClosed}},
	} {
		for _, success := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				r := newTxRig(t, postgres.Options{})
				tx := r.open()
				r.write(tx)
				for i, call := range tt.calls {
					if err := call(r, tx); !errors.Is(err, tt.want[i]) {
						t.Errorf("call %d: got %v, want %v", i+1, err, tt.want[i])
					}
				}
				if n := number(t, r.pool, "SELECT count(*) FROM "+r.table); n != 0 {
					t.Errorf("%d effects are seen before the layer commits", n)
				}
				if success {
					r.commit(nil)
					r.wantEnd(1, idempotency.Done)
					return
				}
				if err := r.tx.Rollback(t.Context()); err != nil {
					t.Error(err)
				}
				r.wantEnd(0, idempotency.InFlight)
				// A dead letter is completed after the rollback.
				if err := r.store.Complete(t.Context(), r.req.Key, r.fence, time.Hour); err != nil {
					t.Errorf("Complete after Rollback: %v", err)
				}
				r.wantEnd(0, idempotency.Done)
			})
		}
	}
}

// TestTxIdiom is what users of pgx write.
func TestTxIdiom(t *testing.T) {
	for _, commits := range []bool{true, false} {
		r := newTxRig(t, postgres.Options{})
		err := func() error {
			tx, err := postgres.Tx(r.ctx)
			if err != nil {
				return err
			}
			defer tx.Rollback(r.ctx)
			if _, err := tx.Exec(r.ctx, "INSERT INTO "+r.table+" VALUES (1)"); err != nil {
				return err
			}
			if commits {
				return tx.Commit(r.ctx)
			}
			return nil
		}()
		if err != nil {
			t.Fatal(err)
		}
		r.commit(nil)
		r.wantEnd(1, idempotency.Done)
	}
}

// TestTxClosed: after Commit or Rollback nothing more can be done in it, as with
// any pgx.Tx.
func TestTxClosed(t *testing.T) {
	for name, end := range map[string]func(pgx.Tx, context.Context) error{"commit": pgx.Tx.Commit, "rollback": pgx.Tx.Rollback} {
		r := newTxRig(t, postgres.Options{})
		tx := r.open()
		savepoint, err := tx.Begin(r.ctx)
		if err != nil {
			t.Fatal(err)
		}
		r.write(savepoint)
		if err := savepoint.Rollback(r.ctx); err != nil {
			t.Fatal(err)
		}
		r.write(tx)
		if err := end(tx, r.ctx); err != nil {
			t.Fatal(err)
		}
		insert := "INSERT INTO " + r.table + " VALUES (2)"
		_, begun := tx.Begin(r.ctx)
		_, executed := tx.Exec(r.ctx, insert)
		rows, queried := tx.Query(r.ctx, insert)
		rows.Close()
		_, prepared := tx.Prepare(r.ctx, "late", insert)
		_, copied := tx.CopyFrom(r.ctx, pgx.Identifier{"x"}, []string{"n"}, pgx.CopyFromRows([][]any{{1}}))
		batch := new(pgx.Batch)
		batch.Queue(insert)
		for call, err := range map[string]error{
			"Begin": begun, "Exec": executed, "Query": queried, "Rows.Err": rows.Err(), "QueryRow": tx.QueryRow(r.ctx, insert).Scan(),
			"Prepare": prepared, "CopyFrom": copied, "SendBatch": tx.SendBatch(r.ctx, batch).Close(),
		} {
			if !errors.Is(err, pgx.ErrTxClosed) {
				t.Errorf("%s after %s: got %v, want ErrTxClosed", call, name, err)
			}
		}
		if rows.Next() {
			t.Errorf("rows after %s", name)
		}
		r.commit(nil)
		r.wantEnd(1, idempotency.Done)
	}
}

// TestTxSpoiled: whatever a handler does to its transaction, nothing is half
// done, the connection is back, and the error says whose fault it is.
func TestTxSpoiled(t *testing.T) {
	exec := func(sql string) func(*txRig, pgx.Tx) {
		return func(r *txRig, tx pgx.Tx) {
			if _, err := tx.Exec(r.ctx, strings.ReplaceAll(sql, "TABLE", r.table)); err != nil {
				r.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name    string
		spoil   func(r *txRig, tx pgx.Tx)
		handler bool   // is at fault
		says    string // in the error
		effects int64
	}{
		{"leaked rows", func(r *txRig, tx pgx.Tx) {
			if _, err := tx.Query(r.ctx, "SELECT generate_series(1, 1000)"); err != nil {
				r.Fatal(err)
			}
		}, true, "rows that were queried in it are still open", 0},
		{"error swallowed", func(r *txRig, tx pgx.Tx) {
			if _, err := tx.Exec(r.ctx, "SELECT 1/0"); err == nil {
				r.Fatal("no error")
			}
		}, true, "a statement in it failed and the handler went on", 0},
		{"error swallowed, then commit", func(r *txRig, tx pgx.Tx) {
			if _, err := tx.Exec(r.ctx, "SELECT 1/0"); err == nil {
				r.Fatal("no error")
			}
			if err := tx.Commit(r.ctx); !errors.Is(err, idempotency.ErrHandlerTx) {
				r.Errorf("Commit of an aborted transaction: got %v", err)
			}
		}, true, "a statement in it failed and the handler went on", 0},
		{"raw ROLLBACK", exec("ROLLBACK"), true, "COMMIT or ROLLBACK", 0},
		{"raw COMMIT", exec("COMMIT"), true, "COMMIT or ROLLBACK", 1},
		{"raw ROLLBACK and BEGIN", exec("ROLLBACK; BEGIN; INSERT INTO TABLE VALUES (1)"), true, "COMMIT or ROLLBACK", 0},
		{"raw ROLLBACK AND CHAIN", exec("ROLLBACK AND CHAIN"), true, "COMMIT or ROLLBACK", 0},
		{"raw COMMIT AND CHAIN", exec("COMMIT AND CHAIN"), true, "COMMIT or ROLLBACK", 1},
		{
			"deferred constraint", exec("INSERT INTO TABLE VALUES (1)"),
			true, "duplicate key", 0,
		},
		{"another role", func(r *txRig, tx pgx.Tx) {
			exec("CREATE ROLE role_"+r.schema+"; SET LOCAL ROLE role_"+r.schema)(r, tx)
		}, true, "permission denied", 0},
		{"query cut off by its context", func(r *txRig, tx pgx.Tx) {
			ctx, cancel := context.WithTimeout(r.ctx, 10*time.Millisecond)
			defer cancel()
			if _, err := tx.Exec(ctx, "SELECT pg_sleep(2)"); !errors.Is(err, context.DeadlineExceeded) {
				r.Fatal(err)
			}
		}, false, "the connection was lost while the handler ran", 0},
		{"connection lost", func(r *txRig, tx pgx.Tx) {
			run(r, r.pool, "SELECT pg_terminate_backend($1)", int64(tx.Conn().PgConn().PID()))
		}, false, "postgres: commit: ", 0},
	} {
		for _, end := range []string{"commit", "rollback"} {
			t.Run(tt.name+", "+end, func(t *testing.T) {
				r := newTxRig(t, postgres.Options{})
				tx := r.open()
				r.write(tx)
				tt.spoil(r, tx)
				if end == "rollback" {
					_ = r.tx.Rollback(context.Background()) // the connection may be lost
				} else {
					err := r.tx.Commit(context.Background())
					if err == nil || errors.Is(err, idempotency.ErrLost) || errors.Is(err, idempotency.ErrHandlerTx) != tt.handler || !strings.Contains(err.Error(), tt.says) {
						t.Errorf("Commit: got %v; the handler is at fault: %v", err, tt.handler)
					}
				}
				r.wantEnd(tt.effects, idempotency.InFlight)
				if err := r.store.Release(t.Context(), r.req.Key, r.fence); err != nil {
					t.Errorf("Release: %v", err)
				}
				r.wantEnd(tt.effects, idempotency.Granted)
			})
		}
	}
}
