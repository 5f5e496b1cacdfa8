package hooktest

import (
	"context"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Method is one of those of an idempotency store.
type Method string

// The methods of an [idempotency.Store], of an [idempotency.ReplayGuard], of an
// [idempotency.Forgetter], and of an [idempotency.Transactor] and its
// transactions.
const (
	Claim    Method = "Claim"
	Extend   Method = "Extend"
	Complete Method = "Complete"
	Release  Method = "Release"
	Bind     Method = "Bind"
	Forget   Method = "Forget"
	Begin    Method = "Begin"
	Commit   Method = "Commit"
	Rollback Method = "Rollback"
)

var methods = [...]Method{Claim, Extend, Complete, Release, Bind, Forget, Begin, Commit, Rollback}

// A Fault is what is wrong with a store.
type Fault struct {
	// Err is what the calls return. Nil means that they return what the
	// store returns.
	Err error

	// Delay is by how much they are slowed down. A call whose context ends
	// first returns the context's error.
	Delay time.Duration

	// After lets the call take effect first: the delay and the error come
	// after it, as when the store has done its work and the answer is lost
	// on the way. Otherwise a call that fails never reaches the store.
	After bool

	// Times is how many calls are at fault, counted over all methods that
	// the fault was set for. Zero means all of them.
	Times int
}

// Faults control the store that [NewStore] returned with them. They are safe
// for concurrent use, also with the store's.
type Faults struct {
	mu    sync.Mutex
	set   map[Method]*Fault
	calls map[Method]int
}

// NewStore returns a store that passes all calls on to inner, and the control
// over what goes wrong with them: nothing at first. The store is an
// [idempotency.ReplayGuard], an [idempotency.Forgetter] and an
// [idempotency.Transactor] if inner is one.
func NewStore(inner idempotency.Store) (idempotency.Store, *Faults) {
	f := &Faults{set: make(map[Method]*Fault), calls: make(map[Method]int)}
	var (
		guard  idempotency.ReplayGuard
		forget idempotency.Forgetter
		begin  idempotency.Transactor
	)
	if g, ok := inner.(idempotency.ReplayGuard); ok {
		guard = replayGuard{g, f}
	}
	if fg, ok := inner.(idempotency.Forgetter); ok {
		forget = forgetter{fg, f}
	}
	if t, ok := inner.(idempotency.Transactor); ok {
		begin = transactor{t, f}
	}
	return capable(&store{inner, f}, guard, forget, begin), f
}

// Set makes the next calls of the methods go wrong; with no methods, those of
// all. It replaces their earlier fault. The zero Fault is none.
func (f *Faults) Set(fault Fault, of ...Method) {
	if len(of) == 0 {
		of = methods[:]
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	shared := &fault
	if fault.Times == 0 {
		shared.Times = -1
	}
	for _, m := range of {
		f.set[m] = shared
	}
}

// Calls returns how many calls of a method have begun, with fault or without.
func (f *Faults) Calls(m Method) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[m]
}

// next counts a call of m and returns its fault.
func (f *Faults) next(m Method) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[m]++
	fault := f.set[m]
	if fault == nil || fault.Times == 0 {
		return Fault{}
	}
	if fault.Times > 0 {
		fault.Times--
	}
	return *fault
}

// call makes one call of m, through do, with whatever is wrong with it.
func call[T any](ctx context.Context, f *Faults, m Method, do func() (T, error)) (T, error) {
	var zero T
	fault := f.next(m)
	if !fault.After {
		if err := fault.strike(ctx); err != nil {
			return zero, err
		}
		return do()
	}
	v, err := do()
	if lost := fault.strike(ctx); lost != nil {
		return zero, lost
	}
	return v, err
}

// strike waits for the delay and returns the error.
func (f Fault) strike(ctx context.Context) error {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return f.Err
}

type store struct {
	inner  idempotency.Store
	faults *Faults
}

func (s *store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	return call(ctx, s.faults, Claim, func() (idempotency.Claim, error) {
		return s.inner.Claim(ctx, r)
	})
}

func (s *store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	return s.faults.call(ctx, Extend, func() error { return s.inner.Extend(ctx, key, fence, lease) })
}

func (s *store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	return s.faults.call(ctx, Complete, func() error { return s.inner.Complete(ctx, key, fence, retain) })
}

func (s *store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return s.faults.call(ctx, Release, func() error { return s.inner.Release(ctx, key, fence) })
}

// call is for the methods that return an error only.
func (f *Faults) call(ctx context.Context, m Method, do func() error) error {
	_, err := call(ctx, f, m, func() (struct{}, error) { return struct{}{}, do() })
	return err
}
