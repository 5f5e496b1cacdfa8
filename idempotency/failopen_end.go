package idempotency

import (
	"context"
	"errors"
	"time"
)

func (f *failOpen) Extend(ctx context.Context, key Key, fence uint64, lease time.Duration) error {
	if fence >= localFence {
		return f.local.Extend(ctx, key, fence&^localFence, lease)
	}
	err := f.shared.Extend(ctx, key, fence, lease)
	f.note(ctx, key, fence, err, func(ctx context.Context, fence uint64) bool {
		f.local.Extend(ctx, key, fence, lease) //nolint:errcheck // local is only told
		return false
	})
	return err
}

func (f *failOpen) Complete(ctx context.Context, key Key, fence uint64, retain time.Duration) error {
	if fence >= localFence {
		return f.completeLocal(ctx, key, fence, retain)
	}
	err := f.shared.Complete(ctx, key, fence, retain)
	// The delivery has taken effect, be shared there to hear it or not.
	f.noteDone(ctx, key, fence, retain, err)
	return err
}

func (f *failOpen) completeLocal(ctx context.Context, key Key, fence uint64, retain time.Duration) error {
	err := f.local.Complete(ctx, key, fence&^localFence, retain)
	if err == nil {
		f.retain.Store(int64(retain))
	}
	if err == nil || errors.Is(err, ErrLost) {
		f.settle(ctx, key, fence, err, func(ctx context.Context, fence uint64) error {
			return f.shared.Complete(ctx, key, fence, retain)
		})
	}
	return err
}

func (f *failOpen) Release(ctx context.Context, key Key, fence uint64) error {
	if fence >= localFence {
		err := f.local.Release(ctx, key, fence&^localFence)
		if err == nil || errors.Is(err, ErrLost) {
			f.settle(ctx, key, fence, err, func(ctx context.Context, fence uint64) error {
				return f.shared.Release(ctx, key, fence)
			})
		}
		return err
	}
	err := f.shared.Release(ctx, key, fence)
	f.note(ctx, key, fence, err, func(ctx context.Context, fence uint64) bool {
		f.local.Release(ctx, key, fence) //nolint:errcheck // local is only told
		return true
	})
	return err
}

// settle ends a local claim, which is over, in the shared store: there it is
// unknown, or in flight if the answer to its Claim was lost.
func (f *failOpen) settle(ctx context.Context, key Key, fence uint64, lost error, end func(context.Context, uint64) error) {
	f.mu.Lock()
	h, ok := f.held[key]
	ok = ok && h.shared == 0 && h.local == fence&^localFence
	if ok {
		delete(f.held, key)
	}
	f.mu.Unlock()
	if !ok || lost != nil {
		return
	}
	f.ask(ctx, func(ctx context.Context) error { //nolint:errcheck // shared is only told
		c, err := f.shared.Claim(ctx, h.request)
		if err == nil && c.State == Granted {
			err = end(ctx, c.Fence)
		}
		if errors.Is(err, ErrLost) {
			return nil
		}
		return err
	})
}

// noteDone notes in local that a claim of the shared store was completed.
func (f *failOpen) noteDone(ctx context.Context, key Key, fence uint64, retain time.Duration, err error) {
	f.note(ctx, key, fence, err, func(ctx context.Context, fence uint64) bool {
		if f.local.Complete(ctx, key, fence, retain) != nil {
			return false
		}
		f.retain.Store(int64(retain))
		return true
	})
}

// note tells local what has become of a claim of the shared store, which
// answered err; do gets local's fence and reports whether the claim is over. A
// claim that is lost is given up.
func (f *failOpen) note(ctx context.Context, key Key, fence uint64, err error, do func(context.Context, uint64) bool) {
	f.mu.Lock()
	h, ok := f.held[key]
	f.mu.Unlock()
	if !ok || h.shared != fence {
		return
	}
	aside, cancel := f.aside(ctx)
	defer cancel()
	if errors.Is(err, ErrLost) {
		f.local.Release(aside, key, h.local) //nolint:errcheck // local is only told
	} else if !do(aside, h.local) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held[key] == h {
		delete(f.held, key)
	}
}
