package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
)

var (
	_ idempotency.Store       = (*Store)(nil)
	_ idempotency.ReplayGuard = (*Store)(nil)
	_ idempotency.Transactor  = (*Store)(nil)
)

// Options are what a [Store] can be told. Nil and the zero value are ready to
// use.
type Options struct {
	// Schema is where the tables are; it must exist. Empty leaves that to
	// the connection's search_path.
	Schema string

	// Prefix begins the names of the tables, the sequence and the indexes.
	// Empty is "hooklatch". Stores with different prefixes know nothing of
	// each other.
	Prefix string

	// Handlers is where the transactions of handlers come from; see [Tx].
	// Nil is the store's own pool. It must reach the same database.
	//
	// A handler keeps its connection for as long as it runs. With one pool
	// for both, as many handlers as it has connections leave none for claims
	// and for the renewal of leases; the sender is then asked to come again,
	// and leases may be lost.
	Handlers *pgxpool.Pool
}

// A Store is an [idempotency.Store], an [idempotency.ReplayGuard] and an
// [idempotency.Transactor] on a PostgreSQL database. Make one with [New]. All
// its methods are safe for concurrent use.
//
// Claim, Extend, Complete, Release and Bind are one statement each, by itself
// (autocommit) and in one round trip, after the one in which each connection
// has a statement prepared. Their errors are ErrLost, those for durations that
// are not positive, the context's, and pgx's.
type Store struct {
	pool     *pgxpool.Pool
	handlers *pgxpool.Pool
	sql      statements
}

// New returns a store in the pool's database, whose tables [Store.Migrate]
// makes. It doesn't connect. Nil means the default options.
//
// It panics if pool is nil, or if a name is not made of at most 40 ASCII
// letters, digits and underscores, the first of them no digit. Names are
// quoted: capital letters stay.
func New(pool *pgxpool.Pool, o *Options) *Store {
	if pool == nil {
		panic("postgres: New: nil pool")
	}
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Prefix == "" {
		opts.Prefix = "hooklatch"
	}
	if opts.Handlers == nil {
		opts.Handlers = pool
	}
	if !usableName(opts.Prefix) {
		panic(fmt.Sprintf("postgres: New: unusable prefix %q", opts.Prefix))
	}
	if opts.Schema != "" && !usableName(opts.Schema) {
		panic(fmt.Sprintf("postgres: New: unusable schema %q", opts.Schema))
	}
	return &Store{pool: pool, handlers: opts.Handlers, sql: newStatements(opts.Schema, opts.Prefix)}
}

// interval returns d for the server, rounded up to its microseconds. An
// interval is all that the server is told of time: what time it is, it knows
// itself.
func interval(name string, d time.Duration) (pgtype.Interval, error) {
	if d <= 0 {
		return pgtype.Interval{}, fmt.Errorf("postgres: %s must be positive, not %v", name, d)
	}
	return pgtype.Interval{Microseconds: int64((d-1)/time.Microsecond) + 1, Valid: true}, nil
}
