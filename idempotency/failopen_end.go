package idempotency

import (
	"context"
	"errors"
	"time"
)

func (f *failOpen) Extend(ctx context.Context, key Key, fence uint64, lease time.Duration) error {
	if err := checkCall(ctx, "lease", lease); err != nil {
		return err
	}
	d, err := f.deliveries.enter(ctx, key)
	if err != nil {
		return err
	}
	defer f.deliveries.leave(key, d)
	g := d.byFence(fence)
	if fence >= localFence {
		return f.extendAlone(ctx, d, g, key, fence, lease)
	}
	if err := f.keep(ctx, g, lease); err != nil {
		return err
	}
	err = f.inShared(ctx, d, g, fence, func(fence uint64) error { return f.shared.Extend(ctx, key, fence, lease) })
	switch {
	case errors.Is(err, ErrLost):
		f.lost(ctx, d, g)
	case g != nil:
		g.renew(lease) // shared may have extended it, whatever it said
	}
	return err
}

// extendAlone extends a claim that local has granted, and that shared may have
// since.
func (f *failOpen) extendAlone(ctx context.Context, d *delivery, g *grant, key Key, fence uint64, lease time.Duration) error {
	err := f.local.Extend(ctx, key, fence&^localFence, lease)
	switch {
	case errors.Is(err, ErrLost) && g != nil && g.state == held:
		d.drop(g)
	case err != nil || g == nil:
	default:
		g.renew(lease)
		if g.shared == 0 {
			break
		}
		_, _ = f.ask(ctx, func(ctx context.Context) error { // shared is only told
			return f.told(g, f.shared.Extend(ctx, key, g.shared, lease))
		})
	}
	return err
}

func (f *failOpen) Complete(ctx context.Context, key Key, fence uint64, retain time.Duration) error {
	if err := checkCall(ctx, "retain", retain); err != nil {
		return err
	}
	d, err := f.deliveries.enter(ctx, key)
	if err != nil {
		return err
	}
	defer f.deliveries.leave(key, d)
	g := d.byFence(fence)
	if fence >= localFence {
		return f.completeAlone(ctx, d, g, key, fence, retain)
	}
	if err := f.keep(ctx, g, 0); err != nil {
		return err
	}
	err = f.inShared(ctx, d, g, fence, func(fence uint64) error { return f.shared.Complete(ctx, key, fence, retain) })
	if errors.Is(err, ErrLost) {
		f.lost(ctx, d, g)
		return err
	}
	// The delivery has taken effect, whether shared has heard of it or not.
	f.completed(ctx, g, retain)
	if err == nil {
		d.drop(g)
	}
	return err
}

// completeAlone completes a claim that local has granted.
func (f *failOpen) completeAlone(ctx context.Context, d *delivery, g *grant, key Key, fence uint64, retain time.Duration) error {
	err := f.local.Complete(ctx, key, fence&^localFence, retain)
	switch {
	case err == nil:
		f.retain.Store(int64(retain))
		if g != nil {
			if g.state == held {
				g.complete(retain)
			}
			f.tell(ctx, d, g)
		}
	case errors.Is(err, ErrLost):
		d.drop(g)
	}
	return err
}

func (f *failOpen) Release(ctx context.Context, key Key, fence uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := f.deliveries.enter(ctx, key)
	if err != nil {
		return err
	}
	defer f.deliveries.leave(key, d)
	g := d.byFence(fence)
	if fence >= localFence {
		return f.releaseAlone(ctx, d, g, key, fence)
	}
	if g != nil && (g.state == completed || g.state == superseded) {
		return ErrLost // for this process
	}
	if g != nil && g.state == held {
		aside, cancel := f.aside(ctx)
		defer cancel()
		if errors.Is(f.local.Release(aside, key, g.local), ErrLost) {
			return ErrLost
		}
		g.state = released
	}
	err = f.inShared(ctx, d, g, fence, func(fence uint64) error { return f.shared.Release(ctx, key, fence) })
	if err == nil || errors.Is(err, ErrLost) {
		d.drop(g)
	}
	return err
}

// releaseAlone releases a claim that local has granted.
func (f *failOpen) releaseAlone(ctx context.Context, d *delivery, g *grant, key Key, fence uint64) error {
	err := f.local.Release(ctx, key, fence&^localFence)
	switch {
	case g == nil || g.state != held:
	case err == nil:
		g.state = released
		f.tell(ctx, d, g)
		d.drop(g) // what shared has not heard runs out with the lease
	case errors.Is(err, ErrLost):
		d.drop(g)
	}
	return err
}
