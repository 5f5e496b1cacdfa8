package inboxsqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/internal/engine"
)

// Options are the optional settings of [Open]. Nil and the zero value are ready
// to use.
type Options struct {
	// Settings say how handlers run, and for how long what is kept.
	inbox.Settings
}

// A Box keeps deliveries in a SQLite file. It is an [inbox.Runner]: a handler
// runs at least once for each delivery, and exactly once in effect if all it
// does is in the transaction that [Tx] gives it.
//
// It is safe for concurrent use.
type Box struct {
	inbox.Runner
	db *database
}

var _ inbox.Runner = (*Box)(nil)

// Open opens the box in a file, and makes the file if it is not there. The
// folder must be there, and on a local disk: SQLite's locks don't hold on
// network file systems. The program may have tables of its own in the file.
//
// The error is [inbox.ErrInUse] if another process has opened the box,
// [inbox.ErrNewer] if the file is of a newer version of this module, and
// [inbox.ErrForeign] if it is no database, damaged, or has a table of another
// program in the place of ours.
func Open(ctx context.Context, file string, o *Options) (*Box, error) {
	if o == nil {
		o = &Options{}
	}
	box, err := open(ctx, file, o)
	if err != nil {
		return nil, fmt.Errorf("inboxsqlite: open %s: %w", file, explained(err))
	}
	return box, nil
}

func open(ctx context.Context, file string, o *Options) (box *Box, err error) {
	file, err = filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	db := &database{}
	defer func() {
		if err != nil {
			_ = db.close() // the first error counts
		}
	}()
	if db.lock, err = lockFile(file + "-lock"); err != nil {
		return nil, err
	}
	if db.write, err = sql.Open("sqlite", dsn(file, "_txlock=immediate")); err != nil {
		return nil, err
	}
	// One connection for all that writes: those who want to write wait for it
	// in a queue, and not for the file's lock, which is not fair.
	db.write.SetMaxOpenConns(1)
	if err = db.write.PingContext(ctx); err != nil {
		return nil, err
	}
	if db.read, err = sql.Open("sqlite", dsn(file, "_pragma=query_only(1)")); err != nil {
		return nil, err
	}
	db.read.SetMaxOpenConns(4)
	db.driver = riversqlite.New(db.write)
	e, err := engine.New(ctx, "inboxsqlite", db, o.Settings)
	if err != nil {
		return nil, err
	}
	if err = db.takeOver(ctx); err != nil {
		return nil, err
	}
	return &Box{Runner: e, db: db}, nil
}

// dsn returns the data source name of a file. FULL makes each commit last on
// the disk before it is answered.
func dsn(file, more string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(file)}
	u.RawQuery = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&" + more
	return u.String()
}

// Close closes the file. Call it when Run has returned and the server has shut
// down: what waits in a Put then fails. To call it again does nothing.
func (b *Box) Close() error { return b.db.close() }

// Tx returns the transaction of the handler that runs in ctx: what the handler
// writes in it commits together with the record of its success, or not at all,
// at whatever instruction the process dies. The error is [inbox.ErrNoTx] if ctx
// is not that of a handler which a box of this package runs.
//
// The transaction begins with the first call, and further calls return the same.
// From then on the handler has the file's write lock, and all Puts wait: do what
// takes long before, and write last. A Put of the handler itself would wait
// for it until its context ends.
//
// The handler must not end the transaction, and must have closed its rows when
// it returns.
func Tx(ctx context.Context) (*sql.Tx, error) { return engine.Tx[*sql.Tx](ctx) }

// Newest tells whether version is the newest of the entity that a handler of
// this endpoint has applied, and notes it in the handler's transaction, which
// [Tx] returns: it stays noted if the effect does. Senders retry, so events come
// in another order than they happened in, and an old one must not overwrite a
// new one:
//
//	newest, err := inboxsqlite.Newest(ctx, "link "+e.Data.LinkID, e.Time.UnixMicro())
//	if err != nil || !newest {
//		return err // an old event: nothing to do
//	}
//
// version is the entity's number, or the event's time, by the sender's clock. The
// same version again is newest, too: a replay applies it again. An entity has one
// row for good, of some hundred bytes. The error is [inbox.ErrNoTx] as Tx's is.
func Newest(ctx context.Context, entity string, version int64) (bool, error) {
	return engine.Newest[*sql.Tx](ctx, entity, version)
}

// A database is the engine's backend.
type database struct {
	write, read *sql.DB
	driver      *riversqlite.Driver
	lock        io.Closer // last: it lets the next process in
	closed      sync.Once
}

func (d *database) close() (err error) {
	d.closed.Do(func() { err = d.closeOnce() })
	return err
}

func (d *database) closeOnce() error {
	var errs []error
	for _, db := range []*sql.DB{d.read, d.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}

// takeOver makes ready what a process that has died had in hand: no other
// process has the file open.
func (d *database) takeOver(ctx context.Context) error {
	for _, statement := range []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running'`,
		`DELETE FROM river_leader`,
	} {
		if _, err := d.write.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (d *database) Driver() riverdriver.Driver[*sql.Tx] { return d.driver }

func (d *database) Dialect() engine.Dialect {
	return engine.Dialect{Blob: "BLOB", Serial: "INTEGER PRIMARY KEY AUTOINCREMENT", Contains: "instr", PollOnly: true}
}

func (d *database) Begin(ctx context.Context) (*sql.Tx, error) { return d.write.BeginTx(ctx, nil) }

func (d *database) Commit(_ context.Context, tx *sql.Tx) error { return tx.Commit() }

func (d *database) Rollback(_ context.Context, tx *sql.Tx) error { return tx.Rollback() }

func (d *database) In(tx *sql.Tx) engine.Conn { return conn{tx} }

func (d *database) Read() engine.Conn                                              { return conn{d.read} }
func (d *database) Alone(ctx context.Context, f func(context.Context) error) error { return f(ctx) }

// explained adds to an error of SQLite what it means for a box.
func explained(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("%w: %w", inbox.ErrForeign, err)
		}
	}
	return err
}
