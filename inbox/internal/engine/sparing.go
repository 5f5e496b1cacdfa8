package engine

import (
	"context"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// overJobs are the jobs that this process has deleted, and that River is about
// to complete.
type overJobs struct {
	mu  sync.Mutex
	ids map[int64]bool
}

func (o *overJobs) add(id int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids == nil {
		o.ids = make(map[int64]bool)
	}
	o.ids[id] = true
}

func (o *overJobs) take(id int64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	over := o.ids[id]
	delete(o.ids, id)
	return over
}

// A sparingDriver does not ask the database to complete jobs that are deleted.
// Without it River would look for each of them, which costs as much again as
// the end of an attempt does.
type sparingDriver[TTx any] struct {
	riverdriver.Driver[TTx]
	over *overJobs
}

func (d *sparingDriver[TTx]) GetExecutor() riverdriver.Executor {
	return &sparingExecutor{d.Driver.GetExecutor(), d.over}
}

type sparingExecutor struct {
	riverdriver.Executor
	over *overJobs
}

func (e *sparingExecutor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	left := &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	for i, id := range p.ID {
		if e.over.take(id) {
			continue
		}
		left.ID = append(left.ID, id)
		left.Attempt = append(left.Attempt, p.Attempt[i])
		left.ErrData = append(left.ErrData, p.ErrData[i])
		left.FinalizedAt = append(left.FinalizedAt, p.FinalizedAt[i])
		left.MetadataDoMerge = append(left.MetadataDoMerge, p.MetadataDoMerge[i])
		left.MetadataUpdates = append(left.MetadataUpdates, p.MetadataUpdates[i])
		left.ScheduledAt = append(left.ScheduledAt, p.ScheduledAt[i])
		left.State = append(left.State, p.State[i])
	}
	if len(left.ID) == 0 {
		return nil, nil
	}
	return e.Executor.JobSetStateIfRunningMany(ctx, left)
}
