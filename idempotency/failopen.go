package idempotency

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync/atomic"
	"time"
)

// FailOpenOptions are the options of [FailOpen]. Nil and the zero value are
// ready to use.
type FailOpenOptions struct {
	// Timeout is how long a Claim or Bind waits for the shared store before
	// it turns to the local one. Zero means half of the time that its
	// context has left, or 125 ms where the context has no deadline.
	Timeout time.Duration

	// Pause is for how long FailOpen leaves the shared store alone after it
	// has failed, so that in an outage only one call in each pause waits
	// for it. Zero means a second.
	Pause time.Duration

	// Logger gets a line when an outage begins, and one when it is over with
	// the number of claims that were granted without the shared store. Nil
	// is [slog.Default].
	Logger *slog.Logger
}

const (
	defaultFailOpenTimeout = 125 * time.Millisecond
	defaultFailOpenPause   = time.Second
)

// FailOpen returns a store that falls back to local, such as an LRU, while
// shared can't be reached. Without it deliveries are refused in an outage of
// the shared store, and the sender's retries bring them again: that is the safe
// way, and where the retries last longer than outages do, it loses nothing. Use
// FailOpen only if handling a delivery twice is better than handling it late.
//
// # What it gives up
//
// In an outage each process stands alone, with what it has handled itself:
//
//   - A delivery that comes to several replicas takes effect in each of them.
//   - So does one that another replica has handled before the outage, and one
//     that another is handling when it begins.
//   - A delivery that was handled in the outage takes effect again if it comes
//     to another replica afterwards, or to this one after a restart, unless the
//     shared store was back when it was completed.
//   - A 2xx then stands for a mark in the memory of one process.
//   - Fences do not rise over the beginning and the end of an outage: those of
//     the local store have the highest bit set, which shared ones must not have.
//   - The guard against replays knows only what this process has seen.
//   - Forget reaches the shared store and this process. A replica that has
//     completed the delivery itself remembers it for as long as its local store
//     does: call Forget on each.
//
// What holds all the same: a process never has two holders of one delivery at a
// time, and never handles again what it has completed, in an outage or not, for
// as long as local remembers it.
//
// # How it works
//
// Claim and Bind ask shared first. Any error of it, except for the caller's own
// cancellation, is an outage: then local answers. A claim belongs to the store
// that granted it: Extend, Complete and Release of a claim that shared has
// granted fail if shared does. When a claim that local has granted ends and
// shared is back, FailOpen tells shared, unless another replica has taken the
// delivery there. It notes in local all that shared grants and completes, so
// local needs the capacity of a store on its own. Calls for one key take turns.
//
// The store is a [ReplayGuard] if shared is one; in an outage the guard needs
// local to be one as well. It is a [Forgetter] if both are. It is a
// [Transactor] if shared is one; a claim that local has granted has no
// transaction for its handler.
//
// FailOpen panics if a store is nil or an option negative.
func FailOpen(shared, local Store, o *FailOpenOptions) Store {
	if o == nil {
		o = &FailOpenOptions{}
	}
	if isNil(shared) || isNil(local) {
		panic("idempotency: FailOpen: nil store")
	}
	if o.Timeout < 0 || o.Pause < 0 {
		panic("idempotency: FailOpen: negative option")
	}
	f := &failOpen{
		shared: shared, local: local, timeout: o.Timeout,
		outage:     outage{pause: o.Pause, logger: o.Logger, start: time.Now()},
		deliveries: deliveries{byKey: make(map[Key]*delivery)},
	}
	if f.outage.pause == 0 {
		f.outage.pause = defaultFailOpenPause
	}
	return f.capable()
}

// isNil reports whether s is nil or a nil pointer.
func isNil(s Store) bool {
	v := reflect.ValueOf(s)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

type failOpen struct {
	shared, local Store
	timeout       time.Duration
	outage        outage
	deliveries    deliveries
	retain        atomic.Int64 // the last Complete's
}

// ask makes a call of the shared store, unless it is down. It reports false if
// local has to answer; an error is for the caller.
func (f *failOpen) ask(ctx context.Context, call func(context.Context) error) (bool, error) {
	if !f.outage.try() {
		return false, nil
	}
	wait := f.timeout
	if wait == 0 {
		wait = defaultFailOpenTimeout
		if deadline, ok := ctx.Deadline(); ok {
			wait = time.Until(deadline) / 2
		}
	}
	bounded, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	err := call(bounded)
	switch {
	case err == nil:
		f.outage.ended()
		return true, nil
	case errors.Is(ctx.Err(), context.Canceled):
		return false, err
	}
	f.outage.begun(err)
	return false, ctx.Err()
}

// aside returns a context for telling a store what the answer does not depend
// on: it must not be cut short because the other store has used up the time.
func (f *failOpen) aside(ctx context.Context) (context.Context, context.CancelFunc) {
	wait := f.timeout
	if wait == 0 {
		wait = defaultFailOpenTimeout
	}
	return context.WithTimeout(context.WithoutCancel(ctx), wait)
}

func checkCall(ctx context.Context, name string, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("idempotency: %s must be positive, not %v", name, d)
	}
	return nil
}
