package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connections is a pool that closes connections on which no call can succeed:
// dead ones, and those to a server that was made read-only.
type connections struct {
	pool  *pgxpool.Pool
	mode  pgx.QueryExecMode
	reset atomic.Int64 // when it was last reset, as a Unix time in nanoseconds
}

// resetPause keeps a server that stays read-only from being asked for a whole
// pool of connections by each call.
const resetPause = time.Second

// hold calls use with a connection, which is the caller's to release if the
// error is nil. It tries a second time, with another connection, if the first
// turns out to be dead or to lead to a read-only server: use must bear that.
func (c *connections) hold(ctx context.Context, use func(*pgxpool.Conn) error) (*pgxpool.Conn, error) {
	for again := true; ; again = false {
		began := time.Now()
		conn, err := c.pool.Acquire(ctx)
		if err != nil {
			return nil, explain(ctx, began, c.acquiring(err), err)
		}
		if err = use(conn); err == nil {
			return conn, nil
		}
		spent := c.discard(ctx, conn, err)
		conn.Release()
		if !spent || !again || ctx.Err() != nil {
			return nil, explain(ctx, began, errNoAnswer, err)
		}
	}
}

// discard closes a connection on which no call can succeed, and has the pool
// make new ones of the others: they were made when it was.
func (c *connections) discard(ctx context.Context, conn *pgxpool.Conn, err error) bool {
	if unfit(err) {
		_ = conn.Conn().Close(ctx) // the server closes its side, if it has not yet
	}
	if !conn.Conn().IsClosed() {
		return false
	}
	last, now := c.reset.Load(), time.Now().UnixNano()
	if ctx.Err() == nil && now-last > int64(resetPause) && c.reset.CompareAndSwap(last, now) {
		c.pool.Reset()
	}
	return true
}

// unfit reports whether an error is about the session rather than about the
// call. Its classes and codes are those of appendix A of PostgreSQL's manual.
func unfit(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) != 5 {
		return false
	}
	switch {
	case e.Code == "25006": // a server that was made read-only, or a standby
		return true
	case e.Code[:2] == "25": // a transaction that was left open
		return true
	case e.Code[:3] == "57P": // a server that shuts down, has crashed or starts
		return true
	}
	return false
}

// exec runs a statement and returns how many rows it has changed.
func (c *connections) exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	conn, err := c.hold(ctx, func(conn *pgxpool.Conn) error {
		tag, err := conn.Exec(ctx, sql, c.args(args)...)
		n = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	conn.Release()
	return n, nil
}

// queryRow runs a statement that returns one row, and reads it.
func (c *connections) queryRow(ctx context.Context, sql string, args []any, into ...any) error {
	conn, err := c.hold(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, sql, c.args(args)...).Scan(into...)
	})
	if err != nil {
		return err
	}
	conn.Release()
	return nil
}

// args has a statement sent in the store's mode, whatever the pool's default:
// see [Options].
func (c *connections) args(args []any) []any { return append([]any{c.mode}, args...) }
