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

// deleteJob ends River's part in an attempt. What is deleted needs neither
// completing nor cleaning up, and stays over whatever River does with it later.
const deleteJob = `DELETE FROM river_job WHERE id = ?`
