package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/hooklatch/hooklatch/inbox"
)

// Deliveries of one key of Settings.Order are a lane. At most one of them has a
// job at any time: the first that waits. All that changes a lane locks it first,
// and then lets it advance.

// laneOf returns the name of an endpoint's lane; empty if key is.
func laneOf(endpoint, key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256(appendString(appendString(nil, endpoint), key))
	return hex.EncodeToString(sum[:16])
}

// lanes returns the lanes that a batch changes, in order, each once.
func (b *batch) lanes() []string {
	var lanes []string
	for _, p := range b.puts {
		lanes = append(lanes, p.lane)
	}
	for _, x := range b.ends {
		lanes = append(lanes, x.lane)
	}
	return inOrder(lanes)
}

func lanesOf(rows []row) []string {
	var lanes []string
	for _, r := range rows {
		lanes = append(lanes, r.lane)
	}
	return inOrder(lanes)
}

// inOrder sorts lanes, so that two transactions never wait for each other in a
// circle, and leaves out the empty one.
func inOrder(lanes []string) []string {
	lanes = slices.DeleteFunc(lanes, func(lane string) bool { return lane == "" })
	slices.Sort(lanes)
	return slices.Compact(lanes)
}

// lockLanes keeps other transactions out of the lanes until this one ends. It
// comes before any change of a row.
func (e *Engine[TTx]) lockLanes(ctx context.Context, tx TTx, lanes []string) error {
	lock := e.db.Dialect().LockLane
	if lock == "" || len(lanes) == 0 {
		return nil
	}
	var args [][]any
	for _, lane := range lanes {
		args = append(args, []any{lane})
	}
	_, err := e.db.In(tx).Exec(ctx, lock, args...)
	return err
}

const (
	advanceLane = `UPDATE hooklatch_inbox SET queued = 1
WHERE seq = (SELECT min(seq) FROM hooklatch_inbox WHERE lane = ? AND state = ?)
	AND NOT EXISTS (SELECT 1 FROM hooklatch_inbox WHERE lane = ? AND state = ? AND queued > 0)`
	unlessDead = ` AND NOT EXISTS (SELECT 1 FROM hooklatch_inbox d WHERE d.lane = ? AND d.state = ? AND d.seq < hooklatch_inbox.seq)`
	returning  = ` RETURNING key, run, endpoint, due`
)

// advance makes a job of the first delivery that waits in each of the lanes,
// unless one of them has a job already, or a dead one before it blocks the lane.
func (e *Engine[TTx]) advance(ctx context.Context, tx TTx, lanes []string) error {
	var jobs []job
	waiting, c := int64(inbox.Waiting), e.db.In(tx)
	for _, lane := range lanes {
		query, args := advanceLane, []any{lane, waiting, lane, waiting}
		if e.set.DeadBlocks {
			query, args = query+unlessDead, append(args, lane, int64(inbox.Dead))
		}
		err := c.Query(ctx, query+returning, args, func(s Scanner) error {
			var key []byte
			var j job
			var due int64
			if err := s.Scan(&key, &j.run, &j.endpoint, &due); err != nil {
				return err
			}
			copy(j.key[:], key)
			j.due = fromMicros(due)
			jobs = append(jobs, j)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return e.enqueue(ctx, tx, jobs)
}

// endOne is the end of one attempt in the handler's own transaction.
func (e *Engine[TTx]) endOne(ctx context.Context, tx TTx, x *ending) error {
	lanes := inOrder([]string{x.lane})
	if err := e.lockLanes(ctx, tx, lanes); err != nil {
		return err
	}
	if err := e.endAll(ctx, tx, []*ending{x}); err != nil {
		return err
	}
	return e.advance(ctx, tx, lanes)
}
