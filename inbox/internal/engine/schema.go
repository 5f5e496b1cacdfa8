package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/riverqueue/river/rivermigrate"

	"github.com/hooklatch/hooklatch/inbox"
)

// migrations are the steps that make our tables, each a version. They only add:
// a version of this module that knows fewer of them works beside one that knows
// more, unless a step says otherwise by raising "works".
var migrations = []string{`
CREATE TABLE hooklatch_inbox (
	seq {serial},
	key {blob} NOT NULL UNIQUE,
	endpoint text NOT NULL,
	provider text NOT NULL,
	tenant text NOT NULL,
	id text NOT NULL,
	type text NOT NULL,
	lane text NOT NULL,
	state bigint NOT NULL,
	queued bigint NOT NULL,
	run bigint NOT NULL,
	attempts bigint NOT NULL,
	replays bigint NOT NULL,
	replayed bigint NOT NULL,
	fetched bigint NOT NULL,
	payload bigint NOT NULL,
	stored bigint NOT NULL,
	due bigint NOT NULL,
	ended bigint NOT NULL,
	expires bigint NOT NULL,
	fingerprint {blob} NOT NULL,
	digest {blob} UNIQUE,
	digest_until bigint NOT NULL,
	delivery {blob} NOT NULL,
	error text NOT NULL,
	fault text NOT NULL,
	timeline text NOT NULL
);
CREATE INDEX hooklatch_inbox_state ON hooklatch_inbox (state, seq);
CREATE INDEX hooklatch_inbox_lane ON hooklatch_inbox (lane, state, seq) WHERE lane <> '';
CREATE INDEX hooklatch_inbox_expires ON hooklatch_inbox (expires) WHERE expires > 0;
CREATE TABLE hooklatch_inbox_payload (
	key {blob} NOT NULL PRIMARY KEY,
	sealed bigint NOT NULL,
	header {blob} NOT NULL,
	body {blob} NOT NULL
);
CREATE TABLE hooklatch_inbox_pause (
	endpoint text NOT NULL,
	type text NOT NULL,
	who text NOT NULL,
	since bigint NOT NULL,
	parked bigint NOT NULL,
	PRIMARY KEY (endpoint, type)
);
CREATE TABLE hooklatch_inbox_newest (
	entity text NOT NULL PRIMARY KEY,
	version bigint NOT NULL
)`}

const (
	versionTable = `CREATE TABLE IF NOT EXISTS hooklatch_inbox_version (version bigint NOT NULL, works bigint NOT NULL)`
	readVersion  = `SELECT version, works FROM hooklatch_inbox_version`
)

// migrate makes River's tables and ours, or brings them up to date.
func (e *Engine[TTx]) migrate(ctx context.Context) error {
	return e.db.Alone(ctx, func(ctx context.Context) error {
		version, err := e.version(ctx)
		if err != nil {
			return err
		}
		m, err := rivermigrate.New(e.db.Driver(), &rivermigrate.Config{Schema: e.db.Dialect().Schema, Logger: e.quiet()})
		if err != nil {
			return err
		}
		if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("river's tables: %w", err)
		}
		for ; version < len(migrations); version++ {
			if err := e.migrateTo(ctx, version+1); err != nil {
				return err
			}
		}
		return nil
	})
}

// version returns how many migrations the tables have seen. The error is
// ErrNewer if a later one has changed them in a way that this code can't work
// with.
func (e *Engine[TTx]) version(ctx context.Context) (version int, err error) {
	var seen, works int64
	err = e.inTx(ctx, func(ctx context.Context, tx TTx) error {
		c := e.db.In(tx)
		if _, err := c.Exec(ctx, versionTable, nil); err != nil {
			return err
		}
		return c.Query(ctx, readVersion, nil, func(s Scanner) error { return s.Scan(&seen, &works) })
	})
	if err == nil && works > int64(len(migrations)) {
		err = fmt.Errorf("%w: its tables are of version %d, and need code of version %d; this is %d", inbox.ErrNewer, seen, works, len(migrations))
	}
	return int(seen), err
}

// migrateTo makes one step and notes it, in one transaction.
func (e *Engine[TTx]) migrateTo(ctx context.Context, version int) error {
	d := e.db.Dialect()
	step := strings.NewReplacer("{blob}", d.Blob, "{serial}", d.Serial).Replace(migrations[version-1])
	return e.inTx(ctx, func(ctx context.Context, tx TTx) error {
		c := e.db.In(tx)
		for statement := range strings.SplitSeq(step, ";") {
			if _, err := c.Exec(ctx, statement, nil); err != nil {
				if strings.Contains(err.Error(), "already exists") {
					err = fmt.Errorf("%w: %w", inbox.ErrForeign, err)
				}
				return fmt.Errorf("version %d of the tables: %w", version, err)
			}
		}
		note := `UPDATE hooklatch_inbox_version SET version = ?`
		args := []any{int64(version)}
		if version == 1 {
			note, args = `INSERT INTO hooklatch_inbox_version (version, works) VALUES (?, ?)`, append(args, int64(1))
		}
		_, err := c.Exec(ctx, note, args)
		return err
	})
}

// inTx runs f in a transaction of its own.
func (e *Engine[TTx]) inTx(ctx context.Context, f func(ctx context.Context, tx TTx) error) error {
	tx, err := e.db.Begin(ctx)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			e.undo(tx)
		}
	}()
	if err := f(ctx, tx); err != nil {
		return err
	}
	done = true
	if err := e.db.Commit(ctx, tx); err != nil {
		e.undo(tx)
		return err
	}
	return nil
}

// undo rolls back. An error does not matter: then the connection is gone, and
// the transaction with it.
func (e *Engine[TTx]) undo(tx TTx) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	_ = e.db.Rollback(ctx, tx) // see above
}
