package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

// What can become of an attempt: the words of inbox.Event.
const (
	done         = "done"
	unknownType  = "unknown type"
	deadLettered = "dead-lettered"
	dead         = "dead"
	again        = "failed" // and is tried again
)

// A verdict is what becomes of an attempt.
type verdict struct {
	what string
	err  error
	wait time.Duration // again: until the next attempt
}

// judge decides what follows from an error.
func (a *attempt[TTx]) judge(err error) verdict {
	s := &a.e.set
	if a.number >= s.MaxAttempts || final(err) {
		return verdict{what: dead, err: err}
	}
	wait, asked := dispatch.RetryDelay(err)
	if asked {
		wait = min(wait, s.MaxRetryAfter)
	} else {
		wait = s.Backoff(a.number)
	}
	return verdict{what: again, err: err, wait: max(wait, 0)}
}

// final tells whether no attempt can succeed: the error is Permanent, or the
// body is not what the handler decodes. Of several errors all must be.
func final(err error) bool {
	if _, later := dispatch.RetryDelay(err); later {
		return false
	}
	if dispatch.IsPermanent(err) {
		return true
	}
	switch e := err.(type) {
	case *dispatch.DecodeError, *dispatch.EnvelopeError, *dispatch.UnsupportedError:
		return true
	case *dispatch.PanicError:
		return false
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		return inner != nil && final(inner)
	case interface{ Unwrap() []error }:
		inner := e.Unwrap()
		for _, err := range inner {
			if err != nil && !final(err) {
				return false
			}
		}
		return len(inner) > 0
	}
	return false
}

// An ending is the end of an attempt on its way into a transaction.
type ending struct {
	row     []any // of endRow
	key     idempotency.Key
	lane    string
	job     int64 // that is over
	next    *job  // nil: none
	drop    bool  // the payload is not needed any more
	refused bool  // the run had ended before
	told    chan error
}

const endRow = `UPDATE hooklatch_inbox SET state = ?, run = run + ?, attempts = ?, error = ?, fault = ?, type = ?, payload = payload * ?,
	due = ?, ended = ?, expires = ?, timeline = ? WHERE key = ? AND run = ? AND state = ?`

// ending returns what a verdict writes.
func (a *attempt[TTx]) ending(v verdict) *ending {
	e, r, now := a.e, a.row, time.Now()
	x := &ending{key: r.Key, lane: r.lane, job: a.job}
	event := inbox.Event{Time: now, What: v.what, Attempt: a.number}
	if !a.began.IsZero() {
		event.Duration = now.Sub(a.began)
	}
	if v.err != nil {
		event.Error = text(v.err.Error())
	}
	state, ended, expires := inbox.Done, now, now.Add(e.set.Retain)
	due, more, keep := r.Due, int64(0), int64(1)
	switch v.what {
	case deadLettered:
		state, expires = inbox.DeadLettered, now.Add(e.set.RetainFailed)
	case dead:
		state, expires = inbox.Dead, now.Add(e.set.RetainFailed)
	case again:
		state, ended, expires = inbox.Waiting, time.Time{}, time.Time{}
		due, more = now.Add(v.wait), 1
		x.next = &job{endpoint: r.endpoint, key: r.Key, run: r.run + 1, due: due}
	default:
		if e.set.DropDone {
			keep, x.drop = 0, true
		}
	}
	eventType := r.Delivery.Type
	if a.own.Type != "" {
		eventType = a.own.Type
	}
	x.row = []any{
		int64(state), more, int64(a.number), event.Error, text(inbox.Fault(event.Error)), text(eventType), keep,
		micros(due), micros(ended), micros(expires), encodeTimeline(addEvent(r.Timeline, event)), r.Key[:], r.run, int64(inbox.Waiting),
	}
	return x
}

// record writes the end of an attempt, joined with others.
func (a *attempt[TTx]) record(ctx context.Context, v verdict) error {
	x := a.ending(v)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*writeTimeout)
	defer cancel()
	if err := a.e.writes.end(ctx, x); err != nil {
		a.e.logger().LogAttrs(ctx, slog.LevelError, "inbox: the end of an attempt could not be recorded: it runs again",
			slog.Any("delivery", a.row.Delivery), slog.Any("error", err))
		return err
	}
	a.log(v, x.refused)
	return nil
}

// endAll writes the ends of attempts, ends their jobs and makes the next.
func (e *Engine[TTx]) endAll(ctx context.Context, tx TTx, ends []*ending) error {
	if len(ends) == 0 {
		return nil
	}
	c := e.db.In(tx)
	var rows, drops [][]any
	var over [][]any
	var next []job
	for _, x := range ends {
		rows = append(rows, x.row)
		over = append(over, []any{x.job})
	}
	changed, err := c.Exec(ctx, endRow, rows...)
	if err != nil {
		return err
	}
	for i, x := range ends {
		x.refused = changed[i] == 0
		if x.next != nil && !x.refused {
			next = append(next, *x.next)
		}
		if x.drop && !x.refused {
			drops = append(drops, []any{x.key[:]})
		}
	}
	if len(drops) > 0 {
		if _, err := c.Exec(ctx, dropPayload, drops...); err != nil {
			return err
		}
	}
	if _, err := c.Exec(ctx, deleteJob, over...); err != nil {
		return err
	}
	return e.enqueue(ctx, tx, next)
}

// log writes a line about an attempt that was no plain success.
func (a *attempt[TTx]) log(v verdict, refused bool) {
	level, msg := slog.LevelWarn, "webhook "+v.what
	switch {
	case refused:
		msg = "webhook handled in vain: it was replayed, discarded or handled elsewhere meanwhile"
	case v.what == done:
		return
	case v.what == dead:
		level = slog.LevelError
	}
	attrs := []slog.Attr{slog.String("endpoint", a.row.endpoint), {Value: a.row.Delivery.LogValue()}, slog.Int("attempt", a.number)}
	if v.err != nil {
		attrs = append(attrs, slog.Any("error", v.err))
	}
	if v.what == again {
		attrs = append(attrs, slog.Duration("wait", v.wait))
	}
	var panicked *dispatch.PanicError
	if errors.As(v.err, &panicked) {
		attrs = append(attrs, slog.String("stack", string(panicked.Stack)))
	}
	a.e.logger().LogAttrs(context.Background(), level, msg, attrs...)
}
