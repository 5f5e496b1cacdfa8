package idempotency

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// FailOpenOptions are what [FailOpen] can be told. Nil and the zero value are
// ready to use.
type FailOpenOptions struct {
	// Timeout is how long a Claim or Bind waits for the shared store before
	// it turns to the local one. Zero means half of the time that its
	// context has left, or 125 ms where the context has no deadline.
	Timeout time.Duration

	// Pause is for how long the shared store is left alone after it has
	// failed, so that in an outage only one call in each pause waits for it.
	// Zero means a second.
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
//
// What holds all the same: two holders in one process never have the same
// delivery at a time, and one that this process has completed, in an outage or
// not, is done for it for as long as local remembers it.
//
// # How it works
//
// Claim and Bind ask shared first. Any error of it, but for the caller's own
// cancellation, is an outage: then local answers. A claim belongs to the store
// that granted it: Extend, Complete and Release of a claim that shared has
// granted fail if shared does. When a claim that local has granted ends and
// shared is back, shared is told, as far as nobody else has taken the delivery
// there. All that shared grants and completes is noted in local too, which
// therefore needs the capacity of a store on its own.
//
// The store is a [ReplayGuard] if shared is one; in an outage the guard needs local
// to be one as well. It is a [Transactor] if shared is one; a claim that local
// has granted has no transaction for its handler.
//
// FailOpen panics if a store is nil or an option negative.
func FailOpen(shared, local Store, o *FailOpenOptions) Store {
	if o == nil {
		o = &FailOpenOptions{}
	}
	if shared == nil || local == nil {
		panic("idempotency: FailOpen: nil store")
	}
	if o.Timeout < 0 || o.Pause < 0 {
		panic("idempotency: FailOpen: negative option")
	}
	f := &failOpen{
		shared: shared, local: local,
		timeout: o.Timeout, pause: o.Pause, logger: o.Logger,
		start: time.Now(), held: make(map[Key]hold),
	}
	if f.pause == 0 {
		f.pause = defaultFailOpenPause
	}
	binder, binds := shared.(ReplayGuard)
	transactor, begins := shared.(Transactor)
	b, t := failOpenBinder{f, binder}, failOpenTransactor{f, transactor}
	switch {
	case binds && begins:
		return struct {
			*failOpen
			failOpenBinder
			failOpenTransactor
		}{f, b, t}
	case binds:
		return struct {
			*failOpen
			failOpenBinder
		}{f, b}
	case begins:
		return struct {
			*failOpen
			failOpenTransactor
		}{f, t}
	}
	return f
}

type failOpen struct {
	shared, local  Store
	timeout, pause time.Duration
	logger         *slog.Logger

	start  time.Time
	resume atomic.Int64 // in an outage, when shared is asked next, since start; else 0
	alone  atomic.Int64 // claims granted by local in this outage
	retain atomic.Int64 // the last Complete's

	mu   sync.Mutex
	held map[Key]hold // claims that local has granted, also beside shared
}

// A hold is a claim in hand.
type hold struct {
	shared  uint64 // the fence of the shared store; 0: local alone has granted it
	local   uint64
	request Request
}

// ask makes a call of the shared store, unless it is down. It reports false if
// local has to answer; an error is for the caller.
func (f *failOpen) ask(ctx context.Context, call func(context.Context) error) (bool, error) {
	if !f.try() {
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
		f.up()
		return true, nil
	case errors.Is(ctx.Err(), context.Canceled):
		return false, err
	}
	f.down(err)
	return false, ctx.Err()
}

// try reports whether shared may be asked: no outage is known, or this call is
// the one that looks whether it is over.
func (f *failOpen) try() bool {
	resume := f.resume.Load()
	if resume == 0 {
		return true
	}
	now := int64(time.Since(f.start))
	return now >= resume && f.resume.CompareAndSwap(resume, now+int64(f.pause))
}

func (f *failOpen) down(err error) {
	until := int64(time.Since(f.start) + f.pause)
	if f.resume.Swap(until) == 0 {
		f.log().Error("idempotency: shared store is down: deliveries can take effect more than once", slog.Any("error", err))
	}
}

func (f *failOpen) up() {
	if f.resume.Load() != 0 && f.resume.Swap(0) != 0 {
		f.log().Warn("idempotency: shared store is back", slog.Int64("granted_without", f.alone.Swap(0)))
	}
}

func (f *failOpen) log() *slog.Logger {
	if f.logger != nil {
		return f.logger
	}
	return slog.Default()
}
