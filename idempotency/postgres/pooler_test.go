//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

var execModes = []pgx.QueryExecMode{
	pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
	pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
}

// TestPooler has many clients of PgBouncer share a few of the server's
// connections, in each of its pool modes and with each default mode of pgx: no
// call fails, and none runs as another's.
func TestPooler(t *testing.T) {
	server := testserver.SharedPostgres(t)
	direct := newPool(t, dsn(server), nil)
	for _, poolMode := range []string{"session", "transaction", "statement"} {
		bouncer := testserver.PgBouncer(t, server, poolMode)
		for _, mode := range execModes {
			t.Run(fmt.Sprint(poolMode, ", ", mode), func(t *testing.T) {
				pool := newPool(t, dsn(bouncer), func(c *pgxpool.Config) {
					c.ConnConfig.DefaultQueryExecMode = mode
					// In session mode, a client keeps one of them.
					c.MaxConns = map[bool]int32{true: 4, false: 16}[poolMode == "session"]
				})
				_, schema := newStore(t, direct, postgres.Options{})
				s := postgres.New(pool, "test", &postgres.Options{Schema: schema})
				var wg sync.WaitGroup
				for worker := range 16 {
					wg.Go(func() {
						for i := range *rounds / 30 {
							if err := mix(t.Context(), s, fmt.Sprint(worker, "/", i)); err != nil {
								t.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				idle(t, pool)
				for state, ids := range map[int]string{0: "released", 2: "extended", 3: "done"} {
					if n := number(t, direct, "SELECT count(*) FROM "+schema+".hooklatch_test_claims WHERE state = $1", state); n != int64(16*(*rounds/30)) {
						t.Errorf("%d deliveries are %s, want %d", n, ids, 16*(*rounds/30))
					}
				}
				bouncedTx(t, s, pool, schema, poolMode)
			})
		}
	}
}

// TestPoolerRefusesPreparedStatements: with prepared statements, calls behind a pooler fail,
// and still none runs as another's.
func TestPoolerRefusesPreparedStatements(t *testing.T) {
	server := testserver.SharedPostgres(t)
	direct := newPool(t, dsn(server), nil)
	_, schema := newStore(t, direct, postgres.Options{})
	pool := newPool(t, dsn(testserver.PgBouncer(t, server, "transaction")), nil)
	s := postgres.New(pool, "test", &postgres.Options{Schema: schema, PreparedStatements: true})
	var failures atomic.Int64
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range *rounds / 10 {
				r := request(fmt.Sprint(worker, "/", i), time.Hour)
				c, err := s.Claim(t.Context(), r)
				if err == nil {
					err = s.Extend(t.Context(), r.Key, c.Fence, time.Hour)
				}
				if other := request(fmt.Sprint(worker, "/", i, " done"), time.Hour); err == nil {
					c, err = s.Claim(t.Context(), other)
					if err == nil {
						err = s.Complete(t.Context(), other.Key, c.Fence, time.Hour)
					}
				}
				if err != nil {
					failures.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if failures.Load() == 0 {
		t.Error("no call failed: this proves nothing")
	}
	for worker := range 16 {
		for i := range *rounds / 10 {
			key := request(fmt.Sprint(worker, "/", i), time.Hour).Key
			if n := number(t, direct, "SELECT count(*) FROM "+schema+".hooklatch_test_claims WHERE key = $1 AND state = 3", key[:]); n != 0 {
				t.Fatal("a delivery that was only extended is done")
			}
		}
	}
}

// mix makes all calls for three keys, in an order that differs: the first is
// released in the end, the second only extended, the third done.
func mix(ctx context.Context, s *postgres.Store, id string) error {
	var fences [3]uint64
	var reqs [3]idempotency.Request
	for i := range reqs {
		reqs[i] = request(fmt.Sprint(id, " ", i), time.Hour)
		c, err := s.Claim(ctx, reqs[i])
		if err != nil || c.State != idempotency.Granted {
			return fmt.Errorf("Claim: got %v, %w", c.State, err)
		}
		fences[i] = c.Fence
	}
	calls := [...]func() error{
		func() error { return s.Release(ctx, reqs[0].Key, fences[0]) },
		func() error { return s.Extend(ctx, reqs[1].Key, fences[1], time.Hour) },
		func() error { return s.Extend(ctx, reqs[1].Key, fences[1], time.Minute) },
		func() error { return s.Complete(ctx, reqs[2].Key, fences[2], time.Hour) },
		func() error {
			first, err := s.Bind(ctx, reqs[0].Key, reqs[1].Key, time.Hour)
			if err == nil && first != reqs[1].Key {
				err = fmt.Errorf("Bind: got %v, want its own key", first)
			}
			return err
		},
		func() error {
			if _, err := s.Forget(ctx, reqs[1].Key); !errors.Is(err, idempotency.ErrInFlight) {
				return fmt.Errorf("Forget: got %w, want ErrInFlight", err)
			}
			return nil
		},
		func() error {
			c, err := s.Claim(ctx, request(fmt.Sprint(id, " 1"), time.Hour))
			if err == nil && (c.State != idempotency.InFlight || c.RetryAfter > time.Hour) {
				err = fmt.Errorf("Claim: got %v for %v, want in-flight", c.State, c.RetryAfter)
			}
			return err
		},
	}
	for _, i := range rand.Perm(len(calls)) {
		if err := calls[i](); err != nil {
			return err
		}
	}
	return nil
}

// bouncedTx: a handler's transaction needs a pool mode that has transactions.
func bouncedTx(t *testing.T, s *postgres.Store, pool *pgxpool.Pool, schema, poolMode string) {
	t.Helper()
	r := request("tx", time.Hour)
	c := claim(t, s, r, idempotency.Granted)
	ctx, ltx, err := s.Begin(t.Context(), r.Key, c.Fence, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := postgres.Tx(ctx)
	if err == nil {
		_, err = tx.Exec(ctx, "CREATE TABLE "+schema+".effects ()", pgx.QueryExecModeExec)
	}
	if poolMode == "statement" {
		if err == nil {
			t.Error("Tx in statement mode: got no error")
		}
		err = ltx.Rollback(t.Context())
	} else if err == nil {
		err = ltx.Commit(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
	idle(t, pool)
	want := map[bool]idempotency.State{true: idempotency.InFlight, false: idempotency.Done}[poolMode == "statement"]
	claim(t, s, request("tx", time.Hour), want)
}
