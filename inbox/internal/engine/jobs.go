package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A job is an attempt to come.
type job struct {
	endpoint string
	key      idempotency.Key
	run      int64
	due      time.Time
}

// enqueue makes River's jobs, in the caller's transaction.
//
// River's own way to make a job for later leaves it to a leader to move it to
// the ready ones every five seconds. We make it ready with a time in the
// future, as River does with retries that are due soon: then any process takes
// it when its time has come.
func (e *Engine[TTx]) enqueue(ctx context.Context, tx TTx, jobs []job) error {
	var now []river.InsertManyParams
	var later []*riverdriver.JobInsertFastParams
	soon := time.Now().Add(5 * time.Millisecond)
	for _, j := range jobs {
		p := jobFor(j.endpoint, j.key, j.run)
		if !j.due.After(soon) {
			now = append(now, p)
			continue
		}
		args, err := json.Marshal(p.Args)
		if err != nil {
			return err
		}
		later = append(later, &riverdriver.JobInsertFastParams{
			Args: p.Args, EncodedArgs: args, Kind: p.Args.Kind(), MaxAttempts: mostRescues, Metadata: []byte("{}"),
			Priority: river.PriorityDefault, Queue: p.InsertOpts.Queue, ScheduledAt: &j.due, State: rivertype.JobStateAvailable, Tags: []string{},
		})
	}
	if len(now) > 0 {
		if _, err := e.queue.InsertManyFastTx(ctx, tx, now); err != nil {
			return err
		}
	}
	if len(later) == 0 {
		return nil
	}
	d := e.db.Driver()
	_, err := d.UnwrapExecutor(tx).JobInsertFastManyNoReturning(ctx, &riverdriver.JobInsertFastManyParams{Jobs: later, Schema: e.db.Dialect().Schema})
	return err
}

// complete completes River's jobs, in the caller's transaction: it is what
// river.JobCompleteTx does, for many at once.
func (e *Engine[TTx]) complete(ctx context.Context, tx TTx, ids []int64) error {
	n, now := len(ids), time.Now()
	p := &riverdriver.JobSetStateIfRunningManyParams{
		ID: ids, Attempt: make([]*int, n), ErrData: make([][]byte, n), FinalizedAt: make([]*time.Time, n),
		MetadataDoMerge: make([]bool, n), MetadataUpdates: make([][]byte, n), ScheduledAt: make([]*time.Time, n),
		Schema: e.db.Dialect().Schema, State: make([]rivertype.JobState, n),
	}
	for i := range ids {
		p.FinalizedAt[i], p.State[i] = &now, rivertype.JobStateCompleted
	}
	_, err := e.db.Driver().UnwrapExecutor(tx).JobSetStateIfRunningMany(ctx, p)
	return err
}
