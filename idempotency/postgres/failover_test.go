//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// A switched pool's connections lead to one server or to another, as a name or
// a virtual address does.
type switched struct {
	*pgxpool.Pool
	to *atomic.Pointer[testserver.Server]
}

func newSwitched(t *testing.T, first *testserver.Server, size int32) switched {
	to := new(atomic.Pointer[testserver.Server])
	to.Store(first)
	return switched{newPool(t, "postgres://postgres@primary.invalid/postgres?sslmode=disable", func(c *pgxpool.Config) {
		c.MaxConns = size
		c.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
		c.ConnConfig.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, to.Load().Addr)
		}
	}), to}
}

// fill has all of the pool's connections open and idle.
func (p switched) fill(t *testing.T) {
	t.Helper()
	for range p.Config().MaxConns {
		conn, err := p.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
}

// TestFailover: the primary is made read-only, ends its connections, or dies,
// and the name leads to another server from then on. No call fails, for the
// store's pool holds many connections to the old one.
func TestFailover(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, old *testserver.Server, admin *pgxpool.Pool)
	}{
		{"read-only", func(t *testing.T, _ *testserver.Server, admin *pgxpool.Pool) {
			run(t, admin, "ALTER SYSTEM SET default_transaction_read_only = on")
			run(t, admin, "SELECT pg_reload_conf()")
		}},
		{"shut down", func(t *testing.T, _ *testserver.Server, admin *pgxpool.Pool) {
			run(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
		}},
		{"killed", func(t *testing.T, old *testserver.Server, _ *pgxpool.Pool) { old.Kill(t) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, second := testserver.Postgres(t, nil), testserver.Postgres(t, nil)
			pool, handlers := newSwitched(t, first, 8), newSwitched(t, first, 8)
			s := postgres.New(pool.Pool, "test", &postgres.Options{Handlers: handlers.Pool})
			for _, server := range []*testserver.Server{first, second} {
				pool := newPool(t, dsn(server), nil)
				if err := postgres.New(pool, "test", nil).Migrate(t.Context()); err != nil {
					t.Fatal(err)
				}
				run(t, pool, "CREATE TABLE effects (id int)")
			}
			pool.fill(t)
			handlers.fill(t)
			tt.end(t, first, newPool(t, dsn(first), nil))
			if tt.name == "read-only" {
				awaitReadOnly(t, pool)
			}
			pool.to.Store(second)
			handlers.to.Store(second)
			deliverAll(t, s, 8)
			if n := number(t, newPool(t, dsn(second), nil), "SELECT count(*) FROM effects"); n != 8 {
				t.Errorf("%d effects on the new primary, want 8", n)
			}
		})
	}
}

// awaitReadOnly waits until all of the pool's idle sessions have noticed.
func awaitReadOnly(t *testing.T, pool switched) {
	t.Helper()
	for _, conn := range pool.AcquireAllIdle(t.Context()) {
		defer conn.Release()
		for start := time.Now(); ; time.Sleep(time.Millisecond) {
			var on bool
			if err := conn.QueryRow(t.Context(), "SELECT current_setting('default_transaction_read_only')::bool").Scan(&on); err != nil {
				t.Fatal(err)
			}
			if on {
				break
			}
			if time.Since(start) > 20*time.Second {
				t.Fatal("the server does not turn read-only")
			}
		}
	}
}

// deliverAll has n handlers work at once, each of whose attempts may fail once
// on a connection to the old primary.
func deliverAll(t *testing.T, s *postgres.Store, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			ctx := t.Context()
			r := request(string(rune('a'+i)), time.Hour)
			c, err := s.Claim(ctx, r)
			if err != nil || c.State != idempotency.Granted {
				t.Errorf("Claim: got %v, %v, want granted", c.State, err)
				return
			}
			attempt := func() error {
				ctx, ltx, err := s.Begin(ctx, r.Key, c.Fence, time.Hour)
				if err != nil {
					return err
				}
				tx, err := postgres.Tx(ctx)
				if err == nil {
					_, err = tx.Exec(ctx, "INSERT INTO effects VALUES ($1)", i)
				}
				if err != nil {
					return errors.Join(err, ltx.Rollback(t.Context()))
				}
				return ltx.Commit(t.Context())
			}
			if err = attempt(); err != nil {
				err = attempt()
			}
			if err != nil {
				t.Errorf("the second attempt: %v", err)
			}
			claim(t, s, request(string(rune('a'+i)), time.Hour), idempotency.Done)
		})
	}
	wg.Wait()
}

// TestStaysReadOnly: where all servers are read-only the error says so, nothing
// is granted, and duplicates are not answered from what may be out of date.
func TestStaysReadOnly(t *testing.T) {
	server := testserver.SharedPostgres(t)
	_, schema := newStore(t, newPool(t, dsn(server), nil), postgres.Options{})
	writable := postgres.New(newPool(t, dsn(server), nil), "test", &postgres.Options{Schema: schema})
	r := request("1", time.Hour)
	fence := claim(t, writable, r, idempotency.Granted).Fence
	pool := newPool(t, dsn(server), func(c *pgxpool.Config) { c.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on" })
	s := postgres.New(pool, "test", &postgres.Options{Schema: schema})
	ctx := t.Context()
	for range 3 {
		c, claimed := s.Claim(ctx, request("1", time.Hour))
		if c != (idempotency.Claim{}) {
			t.Errorf("Claim: got %+v beside the error", c)
		}
		_, bound := s.Bind(ctx, r.Key, r.Key, time.Hour)
		_, forgotten := s.Forget(ctx, r.Key)
		for call, err := range map[string]error{
			"Claim": claimed, "Bind": bound, "Forget": forgotten, "Extend": s.Extend(ctx, r.Key, fence, time.Hour),
			"Complete": s.Complete(ctx, r.Key, fence, time.Hour), "Release": s.Release(ctx, r.Key, fence),
		} {
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != "25006" {
				t.Errorf("%s: got %v, want read_only_sql_transaction", call, err)
			}
		}
	}
	idle(t, pool)
	if err := writable.Complete(ctx, r.Key, fence, time.Hour); err != nil {
		t.Error(err)
	}
}
