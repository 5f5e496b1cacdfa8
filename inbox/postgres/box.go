package inboxpostgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/internal/engine"
)

// DefaultSchema is the schema of the tables unless told otherwise.
const DefaultSchema = "hooklatch_inbox"

// Options are the optional settings of [New]. Nil and the zero value are ready
// to use.
type Options struct {
	// Settings say how handlers run, and for how long what is kept. They
	// should be the same in all replicas.
	inbox.Settings

	// Schema is where the tables are. Boxes in different schemas know nothing
	// of each other: give each service its own. It has up to 40 lower-case
	// letters, digits and underscores, and begins with none of the digits.
	// Empty means [DefaultSchema].
	Schema string

	// PollOnly does without LISTEN, which a pooler in transaction mode does
	// not pass on: the box asks for work 20 times a second instead.
	PollOnly bool
}

// A Box keeps deliveries in PostgreSQL. It is an [inbox.Runner]: a handler runs
// at least once for each delivery, and exactly once in effect if all it does is
// in the transaction that [Tx] gives it.
//
// It is safe for concurrent use.
type Box struct{ inbox.Runner }

var _ inbox.Runner = (*Box)(nil)

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`)

// New returns the box in the pool's database. It makes the schema and the
// tables, or brings them up to date; any number of replicas may do so at once,
// and of different versions, during a rolling deploy. The role needs the right
// to create, unless all is there. The pool must allow two connections, and stays
// the caller's to close, once Run has returned and the server has shut down.
//
// The error is [inbox.ErrNewer] if the tables are of a version of this module
// that this one can't work beside, and [inbox.ErrForeign] if the schema has a
// table of another program in the place of ours.
func New(ctx context.Context, pool *pgxpool.Pool, o *Options) (*Box, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Schema == "" {
		opts.Schema = DefaultSchema
	}
	switch {
	case pool == nil:
		return nil, errors.New("inboxpostgres: nil pool")
	case !schemaName.MatchString(opts.Schema):
		return nil, fmt.Errorf("inboxpostgres: a schema can't be called %.80q", opts.Schema)
	case pool.Config().MaxConns < 2:
		return nil, errors.New("inboxpostgres: the pool must allow two connections")
	}
	db := &database{pool: pool, driver: riverpgxv5.New(pool), schema: opts.Schema, pollOnly: opts.PollOnly}
	e, err := engine.New(ctx, "inboxpostgres", db, opts.Settings)
	if err != nil {
		return nil, err
	}
	return &Box{e}, nil
}

// Tx returns the transaction of the handler that runs in ctx: what the handler
// writes in it commits together with the record of its success, or not at all,
// at whatever instruction the process dies. The error is [inbox.ErrNoTx] if ctx
// is not that of a handler which a box of this package runs.
//
// The transaction begins with the first call, at the isolation level read
// committed, and further calls return the same. It takes a connection of the
// box's pool until the handler returns.
//
// The handler must not end the transaction, and must have closed its rows when
// it returns. Like every pgx.Tx it is for one goroutine at a time.
func Tx(ctx context.Context) (pgx.Tx, error) { return engine.Tx[pgx.Tx](ctx) }

// Newest tells whether version is the newest of the entity that a handler of
// this endpoint has applied, and notes it in the handler's transaction, which
// [Tx] returns: it stays noted if the effect does. Senders retry, so events come
// in another order than they happened in, and an old one must not overwrite a
// new one:
//
//	newest, err := inboxpostgres.Newest(ctx, "link "+e.Data.LinkID, e.Time.UnixMicro())
//	if err != nil || !newest {
//		return err // an old event: nothing to do
//	}
//
// version is the entity's number, or the event's time, by the sender's clock. The
// same version again is newest, too: a replay applies it again. An entity has one
// row for good, of some hundred bytes. The error is [inbox.ErrNoTx] as Tx's is.
func Newest(ctx context.Context, entity string, version int64) (bool, error) {
	return engine.Newest[pgx.Tx](ctx, entity, version)
}

// A database is the engine's backend.
type database struct {
	pool     *pgxpool.Pool
	driver   *riverpgxv5.Driver
	schema   string
	pollOnly bool
}

func (d *database) Driver() riverdriver.Driver[pgx.Tx] { return d.driver }

func (d *database) Dialect() engine.Dialect {
	return engine.Dialect{
		Schema: d.schema, Blob: "bytea", Serial: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
		Contains: "strpos", PollOnly: d.pollOnly,
		LockLane: `SELECT pg_advisory_xact_lock(hashtextextended(?, 1))`,
	}
}

func (d *database) Begin(ctx context.Context) (pgx.Tx, error)     { return d.pool.Begin(ctx) }
func (d *database) Commit(ctx context.Context, tx pgx.Tx) error   { return tx.Commit(ctx) }
func (d *database) Rollback(ctx context.Context, tx pgx.Tx) error { return tx.Rollback(ctx) }
func (d *database) In(tx pgx.Tx) engine.Conn                      { return conn{tx, d.schema} }
func (d *database) Read() engine.Conn                             { return conn{d.pool, d.schema} }

// Alone holds an advisory lock, on the schema's name, for a transaction that
// does nothing else: it holds behind a pooler, too, and ends with the process.
func (d *database) Alone(ctx context.Context, f func(ctx context.Context) error) error {
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "hooklatch inbox "+d.schema); err != nil {
			return err
		}
		// IF NOT EXISTS asks for the right to create even if it exists.
		var there bool
		if err := tx.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, d.schema).Scan(&there); err != nil {
			return err
		}
		if !there {
			// In a transaction of its own: the migrations have others.
			if _, err := d.pool.Exec(ctx, `CREATE SCHEMA `+d.schema); err != nil {
				return err
			}
		}
		return f(ctx)
	})
}
