package postgres

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
)

var (
	_ idempotency.Store       = (*Store)(nil)
	_ idempotency.ReplayGuard = (*Store)(nil)
	_ idempotency.Forgetter   = (*Store)(nil)
	_ idempotency.Transactor  = (*Store)(nil)
)

// Options are the optional settings of a [Store]. Nil and the zero value are
// ready to use.
type Options struct {
	// Schema is where the tables are; it must exist. Empty leaves that to
	// the connection's search_path.
	Schema string

	// Handlers is where the transactions of handlers come from; see [Tx].
	// Nil is the store's own pool. It must reach the same database.
	//
	// A handler keeps its connection for as long as it runs. With one pool
	// for both, as many handlers as it has connections leave none for claims
	// and for the renewal of leases; the sender is then asked to come again,
	// and leases may be lost.
	Handlers *pgxpool.Pool

	// PreparedStatements has each connection prepare the store's statements
	// once, which makes its calls up to a third cheaper for the server. Set
	// it only if no connection pooler that shares the server's connections
	// stands before the server: behind one, calls fail. Otherwise each call
	// is one message that such a pooler can't tear apart, whatever the
	// pool's DefaultQueryExecMode.
	PreparedStatements bool
}

// A Store is an [idempotency.Store], an [idempotency.ReplayGuard], an
// [idempotency.Forgetter] and an [idempotency.Transactor] on a PostgreSQL
// database. Make one with [New]. All its methods are safe for concurrent use.
//
// Claim, Extend, Complete, Release, Forget and Bind are one statement each, by
// itself (autocommit) and in one round trip (two on a connection that has to
// prepare it first; see [Options]). Each is sent a second time if the
// first was cut off, or came to a server that was made read-only. Their errors
// wrap ErrLost, ErrInFlight, [ErrNotMigrated], the context's and pgx's, or say
// that a duration is not positive.
type Store struct {
	pool     *connections
	handlers *connections
	sql      statements
}

// New returns a store in the pool's database, whose tables [Store.Migrate]
// makes. It doesn't connect. Nil options mean the defaults.
//
// The namespace stands in the names of the tables, after "hooklatch_". Stores
// with different namespaces know nothing of each other, and all replicas of a
// service need the same.
//
// It panics if pool is nil, or if the namespace or the schema is not made of at
// most 32 ASCII letters, digits and underscores. Names are quoted: capital
// letters stay.
func New(pool *pgxpool.Pool, namespace string, o *Options) *Store {
	if pool == nil {
		panic("postgres: New: nil pool")
	}
	if !usableName(namespace) {
		panic(fmt.Sprintf("postgres: New: unusable namespace %q", namespace))
	}
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Schema != "" && !usableName(opts.Schema) {
		panic(fmt.Sprintf("postgres: New: unusable schema %q", opts.Schema))
	}
	mode := pgx.QueryExecModeExec
	if opts.PreparedStatements {
		mode = pgx.QueryExecModeCacheStatement
	}
	s := &Store{pool: &connections{pool: pool, mode: mode}, sql: newStatements(opts.Schema, namespace)}
	s.handlers = s.pool
	if opts.Handlers != nil && opts.Handlers != pool {
		s.handlers = &connections{pool: opts.Handlers, mode: mode}
	}
	return s
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
