package idempotency

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// localFence marks the fences that local has granted.
const localFence = 1 << 63

func (f *failOpen) Claim(ctx context.Context, r Request) (Claim, error) {
	if err := checkCall(ctx, "lease", r.Lease); err != nil {
		return Claim{}, err
	}
	var c Claim
	reached, err := f.ask(ctx, func(ctx context.Context) (err error) {
		c, err = f.shared.Claim(ctx, r)
		return err
	})
	switch {
	case err != nil:
		return Claim{}, err
	case !reached:
		return f.claimLocal(ctx, r)
	case c.State != Granted:
		return c, nil
	case c.Fence >= localFence:
		return Claim{}, errors.New("idempotency: FailOpen: the shared store's fences are too high")
	}
	return f.confirm(ctx, r, c)
}

// claimLocal asks the local store alone.
func (f *failOpen) claimLocal(ctx context.Context, r Request) (Claim, error) {
	c, err := f.local.Claim(ctx, r)
	if err != nil {
		return Claim{}, err
	}
	if c.State != Granted {
		return c, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	h, ok := f.held[r.Key]
	if ok && h.shared != 0 && h.request.Owner == r.Owner {
		// Shared has granted this very claim before and can't say so again.
		return Claim{State: Granted, Fence: h.shared, Fingerprint: c.Fingerprint}, nil
	}
	if !ok || h.local != c.Fence {
		f.alone.Add(1)
	}
	f.held[r.Key] = hold{local: c.Fence, request: r}
	c.Fence |= localFence
	return c, nil
}

// confirm notes a claim of the shared store in the local one, unless that knows
// better: what this process has done in an outage, or is still at after one, the
// shared store was not told.
func (f *failOpen) confirm(ctx context.Context, r Request, granted Claim) (Claim, error) {
	aside, cancel := f.aside(ctx)
	defer cancel()
	c, err := f.local.Claim(aside, r)
	switch {
	case err != nil:
		return granted, nil //nolint:nilerr // local is only told
	case c.State == Granted:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.held[r.Key] = hold{shared: granted.Fence, local: c.Fence, request: r}
		return granted, nil
	case c.State == Done && f.retain.Load() > 0:
		f.shared.Complete(aside, r.Key, granted.Fence, time.Duration(f.retain.Load())) //nolint:errcheck // its lease runs out
	default:
		f.shared.Release(aside, r.Key, granted.Fence) //nolint:errcheck // as above
		f.recheck(aside, r)
	}
	return c, nil
}

// recheck tells shared of a delivery that was completed in local in the very
// moment in which shared took it to be in flight for somebody else here.
func (f *failOpen) recheck(ctx context.Context, r Request) {
	switch c, err := f.local.Claim(ctx, r); {
	case err != nil:
	case c.State == Granted:
		f.local.Release(ctx, r.Key, c.Fence) //nolint:errcheck // the caller asks again
	case c.State == Done && f.retain.Load() > 0:
		c, err := f.shared.Claim(ctx, r)
		if err == nil && c.State == Granted {
			f.shared.Complete(ctx, r.Key, c.Fence, time.Duration(f.retain.Load())) //nolint:errcheck // its lease runs out
		}
	}
}

// aside returns a context for telling a store what the answer does not depend
// on: it is not to be cut short because the other store has used up the time.
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
