package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
)

// step is how many records a Replay or a Discard changes in one transaction.
const step = 100

const (
	replayRow = `UPDATE hooklatch_inbox SET state = ?, queued = ?, run = run + 1, attempts = 0, replays = replays + 1, replayed = ?, due = ?, ended = 0,
	expires = 0, timeline = ? WHERE key = ? AND run = ? AND state = ? AND payload = 1`
	discardRow = `UPDATE hooklatch_inbox SET run = run + 1, payload = 0, timeline = ?,
	state = CASE WHEN state = 2 THEN state ELSE 5 END,
	ended = CASE WHEN state = 2 THEN ended ELSE ? END,
	expires = CASE WHEN state = 2 THEN expires ELSE ? END
WHERE key = ? AND run = ? AND state = ?`
	dropPayload = `DELETE FROM hooklatch_inbox_payload WHERE key = ?`
)

// orFailed names the states that a filter without any means.
func orFailed(f inbox.Filter) inbox.Filter {
	if len(f.States) == 0 {
		f.States = []inbox.State{inbox.Dead, inbox.DeadLettered}
	}
	return f
}

// Replay implements inbox.Box. It works in transactions of a hundred records, so
// that others need not wait for a long one, and what it has done stays done when
// it is cut short.
func (e *Engine[TTx]) Replay(ctx context.Context, f inbox.Filter, o *inbox.ReplayOptions) (int, error) {
	if o == nil {
		o = &inbox.ReplayOptions{}
	}
	begin := time.Now()
	pick := func() *where {
		w := e.where(orFailed(f)).and("payload = 1").and("state <> ?", int64(inbox.Waiting))
		since := begin
		if !o.Since.IsZero() {
			since = o.Since
		}
		return w.and("replayed < ?", micros(since))
	}
	if o.DryRun {
		n, err := e.count(ctx, pick())
		return n, e.failed("replay", err)
	}
	total := 0
	err := e.inSteps(ctx, pick, func(ctx context.Context, tx TTx, rows []row) error {
		due := make(map[int64]time.Time) // by Seq
		for i, r := range slices.SortedFunc(slices.Values(rows), func(a, b row) int { return cmp.Compare(a.Seq, b.Seq) }) {
			due[r.Seq] = time.Now()
			if o.PerSecond > 0 {
				due[r.Seq] = begin.Add(time.Duration(float64(total+i) / o.PerSecond * float64(time.Second)))
			}
		}
		n, err := e.replayAll(ctx, tx, rows, due, o.By)
		total += n
		return err
	})
	return total, e.failed("replay", err)
}

// replayAll makes records Waiting again, and the jobs of those that are in no
// lane. It returns how many they were.
func (e *Engine[TTx]) replayAll(ctx context.Context, tx TTx, rows []row, due map[int64]time.Time, by string) (n int, err error) {
	var args [][]any
	now := time.Now()
	for _, r := range rows {
		timeline := addEvent(r.Timeline, inbox.Event{Time: now, What: "replayed", By: text(by)})
		queued := int64(1)
		if r.lane != "" {
			queued = 0
		}
		args = append(args, []any{
			int64(inbox.Waiting), queued, micros(now), micros(due[r.Seq]), encodeTimeline(timeline), r.Key[:], r.run, int64(r.State),
		})
	}
	changed, err := e.db.In(tx).Exec(ctx, replayRow, args...)
	if err != nil {
		return 0, err
	}
	var jobs []job
	for i, r := range rows {
		if changed[i] == 0 {
			continue
		}
		n++
		if r.lane == "" {
			jobs = append(jobs, job{r.endpoint, r.Key, r.run + 1, due[r.Seq]})
		}
	}
	return n, e.enqueue(ctx, tx, jobs)
}

// Discard implements inbox.Box.
func (e *Engine[TTx]) Discard(ctx context.Context, f inbox.Filter, by string) (int, error) {
	pick := func() *where {
		return e.where(orFailed(f)).and("payload = 1").and("state <> ?", int64(inbox.Discarded))
	}
	total := 0
	err := e.inSteps(ctx, pick, func(ctx context.Context, tx TTx, rows []row) error {
		var args, keys [][]any
		now := time.Now()
		for _, r := range rows {
			timeline := addEvent(r.Timeline, inbox.Event{Time: now, What: "discarded", By: text(by)})
			args = append(args, []any{
				encodeTimeline(timeline), micros(now), micros(now.Add(e.set.Retain)), r.Key[:], r.run, int64(r.State),
			})
		}
		c := e.db.In(tx)
		changed, err := c.Exec(ctx, discardRow, args...)
		if err != nil {
			return err
		}
		for i, r := range rows {
			if changed[i] > 0 {
				keys = append(keys, []any{r.Key[:]})
			}
		}
		total += len(keys)
		if len(keys) == 0 {
			return nil
		}
		_, err = c.Exec(ctx, dropPayload, keys...)
		return err
	})
	return total, e.failed("discard", err)
}

// inSteps calls change in one transaction after the other, with the next
// records that match.
func (e *Engine[TTx]) inSteps(ctx context.Context, pick func() *where, change func(context.Context, TTx, []row) error) error {
	for after := int64(0); ; {
		var rows []row
		err := e.inTx(ctx, func(ctx context.Context, tx TTx) (err error) {
			rows, err = e.rows(ctx, e.db.In(tx), pick().and("seq > ?", after), step)
			if err != nil || len(rows) == 0 {
				return err
			}
			lanes := lanesOf(rows)
			if err := e.lockLanes(ctx, tx, lanes); err != nil {
				return err
			}
			byKey := slices.SortedFunc(slices.Values(rows), func(a, b row) int { return slices.Compare(a.Key[:], b.Key[:]) })
			if err := change(ctx, tx, byKey); err != nil {
				return err
			}
			return e.advance(ctx, tx, lanes)
		})
		if err != nil || len(rows) < step {
			return err
		}
		after = rows[len(rows)-1].Seq
	}
}
