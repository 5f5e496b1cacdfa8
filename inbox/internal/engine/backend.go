package engine

import (
	"context"

	"github.com/riverqueue/river/riverdriver"
)

// A Backend is a database, whose transactions are of type TTx.
type Backend[TTx any] interface {
	Driver() riverdriver.Driver[TTx]
	Dialect() Dialect

	// Begin begins a transaction that may write.
	Begin(ctx context.Context) (TTx, error)
	Commit(ctx context.Context, tx TTx) error
	Rollback(ctx context.Context, tx TTx) error
	In(tx TTx) Conn

	// Read returns a Conn for single queries outside of a transaction.
	Read() Conn

	// Alone calls f while no other process migrates the same tables.
	Alone(ctx context.Context, f func(ctx context.Context) error) error
}

// A Conn runs SQL with question marks for parameters, all of which are int64,
// string or []byte.
type Conn interface {
	// Exec runs a statement once for each list of arguments, and returns how
	// many rows each has changed.
	Exec(ctx context.Context, query string, args ...[]any) ([]int64, error)

	// Query calls scan for each row.
	Query(ctx context.Context, query string, args []any, scan func(Scanner) error) error
}

// A Scanner reads the columns of one row.
type Scanner interface{ Scan(dest ...any) error }

// A Dialect is what differs in SQL.
type Dialect struct {
	Schema   string // River's; empty for the database's own default
	Blob     string // the type of bytes
	Serial   string // the type of a number that the database counts
	Contains string // the function that finds a text in a text
	PollOnly bool   // nothing tells of new jobs
	LockLane string // a query that locks a text until the transaction ends; empty where one transaction writes at a time
}
