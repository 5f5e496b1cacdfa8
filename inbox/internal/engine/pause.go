package engine

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

// What a Pause holds has no job: a process that gets one parks it, and Resume
// makes a new one. parked is the value of the column queued.
const parked = 2

const (
	addPause    = `INSERT INTO hooklatch_inbox_pause (endpoint, type, who, since, parked) VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING`
	endPause    = `DELETE FROM hooklatch_inbox_pause WHERE endpoint = ? AND type = ?`
	readPauses  = `SELECT endpoint, type, who, since FROM hooklatch_inbox_pause ORDER BY since, endpoint, type`
	isPaused    = `SELECT count(*) FROM hooklatch_inbox_pause WHERE endpoint = ? AND (type = '' OR type = ?)`
	holdPause   = `UPDATE hooklatch_inbox_pause SET parked = parked + 1 WHERE endpoint = ? AND (type = '' OR type = ?)`
	parkRow     = `UPDATE hooklatch_inbox SET queued = 2 WHERE key = ? AND run = ? AND state = ?`
	unparkedRow = `UPDATE hooklatch_inbox SET queued = 1 WHERE key = ? AND run = ? AND state = ? AND queued = 2`
)

// Pause implements inbox.Box.
func (e *Engine[TTx]) Pause(ctx context.Context, endpoint, eventType, by string) error {
	return e.failed("pause", e.inTx(ctx, func(ctx context.Context, tx TTx) error {
		_, err := e.db.In(tx).Exec(ctx, addPause, []any{text(endpoint), text(eventType), text(by), micros(time.Now())})
		return err
	}))
}

// Resume implements inbox.Box. Once the pause is gone no process parks any more:
// what was parked by then is found.
func (e *Engine[TTx]) Resume(ctx context.Context, endpoint, eventType string) (was bool, err error) {
	err = e.inTx(ctx, func(ctx context.Context, tx TTx) error {
		ended, err := e.db.In(tx).Exec(ctx, endPause, []any{text(endpoint), text(eventType)})
		was = err == nil && ended[0] > 0
		return err
	})
	if err != nil {
		return false, e.failed("resume", err)
	}
	// Also where there was no pause: a Resume may have been cut short.
	pick := func() *where {
		return e.where(inbox.Filter{Endpoint: endpoint, Type: eventType, States: []inbox.State{inbox.Waiting}}).and("queued = ?", int64(parked))
	}
	err = e.inSteps(ctx, pick, func(ctx context.Context, tx TTx, rows []row) error {
		var args [][]any
		for _, r := range rows {
			args = append(args, []any{r.Key[:], r.run, int64(inbox.Waiting)})
		}
		changed, err := e.db.In(tx).Exec(ctx, unparkedRow, args...)
		if err != nil {
			return err
		}
		var jobs []job
		for i, r := range rows {
			if changed[i] > 0 {
				jobs = append(jobs, job{r.endpoint, r.Key, r.run, r.Due})
			}
		}
		return e.enqueue(ctx, tx, jobs)
	})
	return was, e.failed("resume", err)
}

// Pauses implements inbox.Box.
func (e *Engine[TTx]) Pauses(ctx context.Context) (pauses []inbox.Pause, err error) {
	err = e.db.Read().Query(ctx, readPauses, nil, func(s Scanner) error {
		var p inbox.Pause
		var since int64
		err := s.Scan(&p.Endpoint, &p.Type, &p.By, &since)
		p.Since = fromMicros(since)
		pauses = append(pauses, p)
		return err
	})
	return pauses, e.failed("pauses", err)
}

// park ends a job whose delivery a Pause holds, and tells whether it did.
func (e *Engine[TTx]) park(ctx context.Context, r *row, id int64) (done bool, err error) {
	what := []any{r.endpoint, text(r.Delivery.Type)}
	var n int64
	err = e.db.Read().Query(ctx, isPaused, what, func(s Scanner) error { return s.Scan(&n) })
	if err != nil || n == 0 {
		return false, err
	}
	err = e.inTx(ctx, func(ctx context.Context, tx TTx) error {
		c := e.db.In(tx)
		// It locks the pause: a Resume comes before, or finds what is parked.
		held, err := c.Exec(ctx, holdPause, what)
		if err != nil || held[0] == 0 {
			return err
		}
		if _, err := c.Exec(ctx, parkRow, []any{r.Key[:], r.run, int64(inbox.Waiting)}); err != nil {
			return err
		}
		_, err = c.Exec(ctx, deleteJob, []any{id})
		done = err == nil
		return err
	})
	return done && err == nil, err
}

// typeOf returns the type that stands in the record until a handler has found
// one: the request's, or else the body's member "type", which most providers
// have.
func typeOf(d *hooklatch.Delivery) string {
	if d.Type != "" {
		return d.Type
	}
	var values [1][]byte
	if jsonscan.Members(d.Body, []string{"type"}, values[:]) != nil {
		return ""
	}
	name, ok := jsonscan.Unquote(values[0])
	if !ok {
		return ""
	}
	return string(name)
}
