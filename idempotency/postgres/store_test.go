//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func TestStore(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) { c.MaxConns = 32 })
	storetest.Run(t, func(t *testing.T) idempotency.Store {
		s, _ := newStore(t, pool, postgres.Options{})
		return s
	}, &storetest.Options{Down: func(t *testing.T) idempotency.Store {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		return postgres.New(newPool(t, "postgres://postgres@"+l.Addr().String()+"/postgres", nil), "test", nil)
	}, Clock: func(t *testing.T) (idempotency.Store, func(time.Duration)) {
		s, server := newClocked(t)
		return s, func(by time.Duration) { server.StepClock(t, by) }
	}})
}

// TestExecModes: users choose how pgx talks to the server, or rather to the
// connection pooler in front of it.
func TestExecModes(t *testing.T) {
	server := dsn(testserver.SharedPostgres(t))
	for i, mode := range append(execModes, pgx.QueryExecModeCacheStatement) {
		prepared := i == len(execModes)
		t.Run(fmt.Sprint(mode, prepared), func(t *testing.T) {
			pool := newPool(t, server, func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode })
			s, _ := newStore(t, pool, postgres.Options{PreparedStatements: prepared})
			ctx := t.Context()
			r := request("1", time.Hour)
			r.Fingerprint[0] = 7
			fence := claim(t, s, r, idempotency.Granted).Fence
			if c := claim(t, s, request("1", time.Hour), idempotency.InFlight); c.RetryAfter < 59*time.Minute || c.RetryAfter > time.Hour || c.Fingerprint != r.Fingerprint {
				t.Errorf("got %+v, want the holder's hour and fingerprint", c)
			}
			if err := s.Extend(ctx, r.Key, fence, time.Minute); err != nil {
				t.Errorf("Extend: %v", err)
			}
			if err := s.Release(ctx, r.Key, fence); err != nil {
				t.Errorf("Release: %v", err)
			}
			fence = claim(t, s, r, idempotency.Granted).Fence
			if err := s.Complete(ctx, r.Key, fence, time.Hour); err != nil {
				t.Errorf("Complete: %v", err)
			}
			claim(t, s, r, idempotency.Done)
			if first, err := s.Bind(ctx, r.Key, r.Key, time.Hour); err != nil || first != r.Key {
				t.Errorf("Bind: got %v, %v", first, err)
			}
			if forgotten, err := s.Forget(ctx, r.Key); err != nil || !forgotten {
				t.Errorf("Forget: got %v, %v, want true", forgotten, err)
			}
			if n, err := s.Sweep(ctx, 10); err != nil || n != 0 {
				t.Errorf("Sweep: got %d, %v, want 0", n, err)
			}
		})
	}
}

// TestLongTimes: intervals of days and years come back whole.
func TestLongTimes(t *testing.T) {
	s, _ := newStore(t, newPool(t, dsn(testserver.SharedPostgres(t)), nil), postgres.Options{})
	for id, lease := range map[string]time.Duration{"days": 100 * 24 * time.Hour, "most": 1<<63 - 1} {
		claim(t, s, request(id, lease), idempotency.Granted)
		c := claim(t, s, request(id, time.Hour), idempotency.InFlight)
		if c.RetryAfter > lease || c.RetryAfter < lease-time.Minute {
			t.Errorf("RetryAfter: got %v, want about %v", c.RetryAfter, lease)
		}
	}
}

// TestLockedRow: another transaction holds the row. A call that would change it
// gives up with its context and leaves no trace; a duplicate waits for nothing.
func TestLockedRow(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, _ := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	r := request("1", time.Hour)
	fence := claim(t, s, r, idempotency.Granted).Fence
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if err := s.CompleteTx(ctx, tx, r.Key, fence, time.Hour); err != nil {
		t.Fatal(err)
	}
	short := func(name string, call func(context.Context) error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s of a locked row: got %v, want the context's error", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	claim(t, s, request("1", time.Hour), idempotency.InFlight)
	short("Claim", func(ctx context.Context) error {
		c, err := s.Claim(ctx, r)
		if c != (idempotency.Claim{}) {
			t.Errorf("a claim beside the error: %+v", c)
		}
		return err
	})
	short("Extend", func(ctx context.Context) error { return s.Extend(ctx, r.Key, fence, time.Minute) })
	short("Release", func(ctx context.Context) error { return s.Release(ctx, r.Key, fence) })
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	claim(t, s, request("1", time.Hour), idempotency.Done)
}

// lock locks the row of the only claim, calls do in a goroutine and returns when
// that waits for the row. unlock runs a statement before it unlocks the row, and
// returns what do has returned.
func lock(t *testing.T, pool *pgxpool.Pool, schema string, do func() error) (unlock func(sql string) error) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback(context.Background()) })
	if _, err := tx.Exec(t.Context(), "SELECT FROM "+schema+".hooklatch_test_claims FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- do() }()
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, $1) > 0"
	for start := time.Now(); number(t, pool, waiting, `"`+schema+`"`) == 0; time.Sleep(time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatal("no call waits for the row")
		}
	}
	return func(sql string) error {
		_, err := tx.Exec(t.Context(), sql)
		if err == nil {
			err = tx.Commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return <-done
	}
}

// TestWaitForLock: a claim that had to wait for the row has its whole lease
// from then on.
func TestWaitForLock(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	r := request("1", time.Hour)
	if err := s.Release(ctx, r.Key, claim(t, s, r, idempotency.Granted).Fence); err != nil {
		t.Fatal(err)
	}
	const lease = time.Hour
	unlock := lock(t, pool, schema, func() error {
		_, err := s.Claim(ctx, request("1", lease))
		return err
	})
	time.Sleep(300 * time.Millisecond)
	unlocked := time.Now()
	if err := unlock(""); err != nil {
		t.Fatal(err)
	}
	c := claim(t, s, request("1", time.Hour), idempotency.InFlight)
	if got, least := c.RetryAfter, lease-time.Since(unlocked); got < least {
		t.Errorf("the lease ends in %v, want at least %v", got, least)
	}
}

// TestChangedInWait: a claim whose holder's lease has run out waits for the row,
// and the holder revives it, completes it or releases it meanwhile. The claim
// goes by what the row is then.
func TestChangedInWait(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	for change, want := range map[string]idempotency.State{
		"until = now() + interval '1 hour', lease = interval '1 hour'": idempotency.InFlight,
		"until = now() + interval '1 hour', state = 3":                 idempotency.Done,
		"until = '-infinity', state = 0":                               idempotency.Granted,
		"until = until":                                                idempotency.Granted,
	} {
		s, schema := newStore(t, pool, postgres.Options{})
		first := claim(t, s, request("1", time.Microsecond), idempotency.Granted)
		var second idempotency.Claim
		unlock := lock(t, pool, schema, func() (err error) {
			second, err = s.Claim(t.Context(), request("1", time.Hour))
			return err
		})
		if err := unlock("UPDATE " + schema + ".hooklatch_test_claims SET " + change); err != nil {
			t.Fatal(err)
		}
		if second.State != want || second.State == idempotency.Granted && second.Fence <= first.Fence {
			t.Errorf("SET %s: got %+v after fence %d, want %v", change, second, first.Fence, want)
		}
		claim(t, s, request("1", time.Hour), max(want, idempotency.InFlight))
	}
}
