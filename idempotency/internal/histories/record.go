package histories

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Recorder makes calls and records them. It is safe for concurrent use.
type Recorder struct {
	start time.Time
	order atomic.Int64 // of calls and returns, more exact than any clock

	mu      sync.Mutex
	history []porcupine.Operation
}

// NewRecorder returns a recorder with an empty history.
func NewRecorder() *Recorder { return &Recorder{start: time.Now()} }

// History returns what was recorded.
func (r *Recorder) History() []porcupine.Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.history
}

// Do makes the call on the store and records it with its answer.
func (r *Recorder) Do(ctx context.Context, client int, s idempotency.Store, call Call) Answer {
	call.Ended = ctx.Err() != nil
	call.At = time.Since(r.start)
	op := porcupine.Operation{ClientId: client, Input: call, Call: r.order.Add(1)}
	answer, err := do(ctx, s, call)
	op.Return = r.order.Add(1)
	answer.At = time.Since(r.start)
	switch {
	case err == nil:
	case errors.Is(err, idempotency.ErrLost):
		answer.Err = Lost
	case errors.Is(err, idempotency.ErrInFlight):
		answer.Err = InFlight
	default:
		answer.Err = Failed
		op.Return = math.MaxInt64 // it may take effect still
	}
	op.Output = answer
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, op)
	return answer
}

// do makes the call. A store that can't forget or bind must not be asked to.
func do(ctx context.Context, s idempotency.Store, call Call) (a Answer, err error) {
	switch call.Op {
	case Claim:
		a.Claim, err = s.Claim(ctx, call.Request)
	case Extend:
		err = s.Extend(ctx, call.Key, call.Fence, call.For)
	case Complete:
		err = s.Complete(ctx, call.Key, call.Fence, call.For)
	case Release:
		err = s.Release(ctx, call.Key, call.Fence)
	case Forget:
		a.Forgot, err = s.(idempotency.Forgetter).Forget(ctx, call.Key)
	case Bind:
		a.Bound, err = s.(idempotency.ReplayGuard).Bind(ctx, call.Key, call.Bound, call.For)
	}
	return a, err
}
