//go:build unix

package postgres_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// A turnCounter is a connection that counts round trips: writes that come after
// a read.
type turnCounter struct {
	net.Conn
	turns   *atomic.Int64
	reading atomic.Bool
}

func (c *turnCounter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.reading.Store(true)
	return n, err
}

func (c *turnCounter) Write(p []byte) (int, error) {
	if c.reading.Swap(false) {
		c.turns.Add(1)
	}
	return c.Conn.Write(p)
}

// arguments notes the arguments of all statements.
type arguments struct{ seen []any }

func (a *arguments) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	a.seen = append(a.seen, q.Args...)
	return ctx
}

func (a *arguments) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TestRoundTrips: each call is one, the first on a connection too, and tells the
// server no time but intervals. A handler's transaction is its begin, the mark
// and the commit.
func TestRoundTrips(t *testing.T) {
	var turns atomic.Int64
	var args arguments
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) {
		c.MaxConns = 1
		c.ConnConfig.Tracer = &args
		c.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &turnCounter{Conn: conn, turns: &turns}, err
		}
	})
	s, _ := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	args.seen = nil

	cycle := func(id string) map[string]int64 {
		counts := make(map[string]int64)
		count := func(name string, call func() error) {
			before := turns.Load()
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			counts[name] = turns.Load() - before
		}
		r := request(id, time.Hour)
		var fence uint64
		claim := func(want idempotency.State) func() error {
			return func() error {
				c, err := s.Claim(ctx, r)
				if c.State != want {
					t.Errorf("Claim: got %v, want %v", c.State, want)
				}
				fence = max(fence, c.Fence)
				return err
			}
		}
		count("Bind", func() error { _, err := s.Bind(ctx, r.Key, r.Key, time.Hour); return err })
		count("Bind again", func() error { _, err := s.Bind(ctx, r.Key, r.Key, time.Hour); return err })
		count("Claim", claim(idempotency.Granted))
		count("Extend", func() error { return s.Extend(ctx, r.Key, fence, time.Hour) })
		count("Release", func() error { return s.Release(ctx, r.Key, fence) })
		count("Claim again", claim(idempotency.Granted))
		r.Owner[0]++
		count("Claim in flight", claim(idempotency.InFlight))
		count("Complete", func() error { return s.Complete(ctx, r.Key, fence, time.Hour) })
		count("Claim of what is done", claim(idempotency.Done))
		count("Commit without a transaction", func() error {
			_, tx, err := s.Begin(ctx, r.Key, fence, time.Hour)
			if err != nil {
				return err
			}
			return tx.Commit(ctx)
		})
		count("Forget", func() error { _, err := s.Forget(ctx, r.Key); return err })
		if err := claim(idempotency.Granted)(); err != nil {
			t.Error(err)
		}
		count("Commit", func() error {
			ctx, tx, err := s.Begin(t.Context(), r.Key, fence, time.Hour)
			if err == nil {
				_, err = postgres.Tx(ctx)
			}
			if err != nil {
				return err
			}
			return tx.Commit(t.Context())
		})
		return counts
	}
	want := map[string]int64{
		"Bind": 1, "Bind again": 1, "Claim": 1, "Extend": 1, "Release": 1, "Claim again": 1, "Claim in flight": 1, "Complete": 1,
		"Claim of what is done": 1, "Commit without a transaction": 1, "Forget": 1, "Commit": 3,
	}
	for _, id := range []string{"1", "2"} {
		if diff := cmp.Diff(want, cycle(id)); diff != "" {
			t.Errorf("round trips of delivery %s (-want +got):\n%s", id, diff)
		}
	}
	if len(args.seen) == 0 {
		t.Error("no arguments were seen")
	}
	for _, arg := range args.seen {
		switch arg.(type) {
		case pgx.QueryExecMode, []byte, int64, pgtype.UUID, pgtype.Interval:
		default:
			t.Errorf("an argument is a %T", arg)
		}
	}
}

// TestRoundsUp: a duration that the server can't represent gets longer, not
// shorter.
func TestRoundsUp(t *testing.T) {
	var args arguments
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) { c.ConnConfig.Tracer = &args })
	s, _ := newStore(t, pool, postgres.Options{})
	for d, want := range map[time.Duration]int64{1: 1, 999: 1, 1000: 1, 1001: 2, time.Hour: 3600e6, 1<<63 - 1: (1<<63-1)/1000 + 1} {
		args.seen = nil
		claim(t, s, request(d.String(), d), idempotency.Granted)
		got, _ := args.seen[len(args.seen)-1].(pgtype.Interval)
		if got != (pgtype.Interval{Microseconds: want, Valid: true}) {
			t.Errorf("%v: the server is sent %+v, want %d microseconds", d, got, want)
		}
	}
}
