package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrNotMigrated is what errors wrap when the store's tables or functions are
// not in the database: call [Store.Migrate] first, or run [Store.Schema]. They
// are also missed where the connection's search_path does not lead to them.
var ErrNotMigrated = errors.New("the store's tables are not in the database: call Migrate")

var (
	errNoAnswer   = fmt.Errorf("no answer from the server: %w", os.ErrDeadlineExceeded)
	errConnecting = fmt.Errorf("connecting: %w", os.ErrDeadlineExceeded)
)

// acquiring says what a call without a connection is waiting for.
func (c *connections) acquiring(err error) error {
	var failed *pgconn.ConnectError
	if stat := c.pool.Stat(); !errors.As(err, &failed) && stat.AcquiredConns() >= stat.MaxConns() {
		return fmt.Errorf("all %d connections of the pool are in use", stat.MaxConns())
	}
	return errConnecting
}

// explain says whose deadline has ended a call, and what it was waiting for
// then, unless its own error is about something else.
func explain(ctx context.Context, began time.Time, waiting, err error) error {
	end := ctx.Err()
	if end == nil {
		return err
	}
	how := "the caller's deadline passed"
	if errors.Is(end, context.Canceled) {
		how = "the caller canceled the call"
	}
	if !errors.Is(err, end) {
		waiting = err
	}
	if reason := context.Cause(ctx); reason != end {
		end = fmt.Errorf("%w (%w)", end, reason)
	}
	return fmt.Errorf("%s after %v: %w: %w", how, time.Since(began).Round(time.Millisecond), end, waiting)
}

// failed says which call an error is of, and what to do where that is known.
func failed(what string, err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "42P01", "42883", "3F000": // undefined_table, _function, invalid_schema_name
			return fmt.Errorf("postgres: %s: %w: %w", what, ErrNotMigrated, err)
		}
	}
	return fmt.Errorf("postgres: %s: %w", what, err)
}
