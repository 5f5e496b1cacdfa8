package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

const (
	// rescueAfter is how much later than a handler's time-out River takes a
	// job for one of a dead process. It looks every 30 seconds.
	rescueAfter = 10 * time.Second

	// sweepEvery is how often Run deletes what is not kept any more.
	sweepEvery = time.Minute

	// sweepStep is how many records one transaction deletes.
	sweepStep = 200
)

// Run implements inbox.Runner.
func (e *Engine[TTx]) Run(ctx context.Context, handlers map[string]inbox.Handler) error {
	if len(handlers) == 0 {
		return e.failed("run", errors.New("no handlers"))
	}
	over := new(overJobs)
	queues := make(map[string]river.QueueConfig)
	for name, h := range handlers {
		if h == nil {
			return e.failed("run", fmt.Errorf("the handler of endpoint %q is nil", name))
		}
		queues[queueOf(name)] = river.QueueConfig{MaxWorkers: e.set.Workers}
	}
	client, err := river.NewClient[TTx](&sparingDriver[TTx]{e.db.Driver(), over}, e.config(queues, handlers, over))
	if err != nil {
		return e.failed("run", err)
	}
	whole := context.WithoutCancel(ctx)
	if err := client.Start(whole); err != nil {
		return e.failed("run", err)
	}
	var sweeper sync.WaitGroup
	sweeper.Go(func() { e.sweepOften(ctx) })
	<-ctx.Done()
	err = client.Stop(whole) // each attempt ends in a bounded time
	sweeper.Wait()
	return e.failed("run", err)
}

func (e *Engine[TTx]) config(queues map[string]river.QueueConfig, handlers map[string]inbox.Handler, over *overJobs) *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker[TTx]{e: e, handlers: handlers, over: over})
	d := e.db.Dialect()
	poll := time.Second
	if d.PollOnly {
		poll = 50 * time.Millisecond
	}
	return &river.Config{
		Schema: d.Schema, Logger: e.quiet(), Queues: queues, Workers: workers,
		PollOnly: d.PollOnly, FetchPollInterval: poll, FetchCooldown: fetchCooldown,
		JobTimeout: e.set.HandlerTimeout + grace, RescueStuckJobsAfter: e.set.HandlerTimeout + rescueAfter,
		RetryPolicy: retryPolicy{}, MaxAttempts: mostRescues,
	}
}

// retryPolicy is for jobs whose end could not be recorded, and for those that
// were taken over.
type retryPolicy struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(j *rivertype.JobRow) time.Time {
	return time.Now().Add(min(time.Second<<min(j.Attempt-1, 6), time.Minute))
}

// A worker is what River calls for each job.
type worker[TTx any] struct {
	river.WorkerDefaults[delivery]
	e        *Engine[TTx]
	handlers map[string]inbox.Handler
	over     *overJobs
}

// Timeout implements river.Worker.
func (w *worker[TTx]) Timeout(*river.Job[delivery]) time.Duration {
	return w.e.set.HandlerTimeout + grace
}

// Work implements river.Worker. When it returns nil, River completes the job,
// if that has not happened: so it returns nil only if the job's run is over.
func (w *worker[TTx]) Work(ctx context.Context, j *river.Job[delivery]) error {
	r, err := w.e.load(ctx, idempotency.Key(j.Args.Key))
	switch {
	case errors.Is(err, inbox.ErrNotFound):
		return nil
	case err != nil:
		w.e.logger().LogAttrs(ctx, slog.LevelError, "inbox: a delivery could not be read: it waits",
			slog.String("key", idempotency.Key(j.Args.Key).String()), slog.Any("error", err))
		return err
	case r.run != j.Args.Run || r.State != inbox.Waiting:
		return nil
	}
	h := w.handlers[r.endpoint]
	if h == nil {
		return fmt.Errorf("no handler for endpoint %q", r.endpoint)
	}
	if parked, err := w.e.park(ctx, r, j.ID); err != nil || parked {
		if parked {
			w.over.add(j.ID)
		}
		return err
	}
	a := &attempt[TTx]{e: w.e, row: r, job: j.ID, number: r.Attempts + j.Attempt, began: time.Now()}
	if err := a.run(ctx, h); err != nil {
		return err
	}
	w.over.add(j.ID)
	return nil
}

// sweepOften deletes what is not kept any more until ctx ends.
func (e *Engine[TTx]) sweepOften(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if _, err := e.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			e.logger().LogAttrs(ctx, slog.LevelWarn, "inbox: sweep", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const (
	findExpired = ` WHERE expires > 0 AND expires <= ? ORDER BY expires LIMIT ?`
	sweepRow    = `DELETE FROM hooklatch_inbox WHERE key = ? AND expires > 0 AND expires <= ?`
	sweepBody   = `DELETE FROM hooklatch_inbox_payload WHERE key = ? AND NOT EXISTS (SELECT 1 FROM hooklatch_inbox WHERE key = ?)`
)

// Sweep deletes the records whose retention has ended by now, a few in each
// transaction, and returns how many they were.
func (e *Engine[TTx]) Sweep(ctx context.Context, now time.Time) (total int, err error) {
	for {
		n := 0
		err := e.inTx(ctx, func(ctx context.Context, tx TTx) error {
			c, limit := e.db.In(tx), micros(now)
			var rows, bodies [][]any
			var lanes []string // that a dead one may have blocked
			err := c.Query(ctx, `SELECT key, lane FROM hooklatch_inbox`+findExpired, []any{limit, int64(sweepStep)}, func(s Scanner) error {
				var key []byte
				var lane string
				err := s.Scan(&key, &lane)
				lanes = append(lanes, lane)
				rows, bodies = append(rows, []any{key, limit}), append(bodies, []any{key, key})
				return err
			})
			if n = len(rows); err != nil || n == 0 {
				return err
			}
			lanes = inOrder(lanes)
			if err := e.lockLanes(ctx, tx, lanes); err != nil {
				return err
			}
			if _, err := c.Exec(ctx, sweepRow, rows...); err != nil {
				return err
			}
			if _, err = c.Exec(ctx, sweepBody, bodies...); err != nil {
				return err
			}
			return e.advance(ctx, tx, lanes)
		})
		if err != nil {
			return total, err
		}
		total += n
		if n < sweepStep {
			return total, nil
		}
	}
}
