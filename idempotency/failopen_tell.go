package idempotency

import (
	"context"
	"errors"
	"slices"
	"time"
)

// sharedOr returns the fence by which the shared store knows a grant; fence is
// the holder's, for a grant that is not known.
func (g *grant) sharedOr(fence uint64) uint64 {
	if g == nil || g.shared == 0 {
		return fence
	}
	return g.shared
}

// inShared makes a holder's call of the shared store. If the claim is lost there
// to a Claim of this process whose answer was lost, the holder gets that one.
func (f *failOpen) inShared(ctx context.Context, d *delivery, g *grant, fence uint64, call func(fence uint64) error) error {
	err := call(g.sharedOr(fence))
	if !errors.Is(err, ErrLost) || g == nil {
		return err
	}
	g.renew(g.request.Lease) // shared may grant it that one, and the answer be lost
	c, cerr := f.reclaim(ctx, d)
	switch {
	case cerr != nil:
		return cerr // it is not known whether the claim is lost
	case c.State != Granted:
		return err
	}
	g.shared = c.Fence
	return call(c.Fence)
}

// reclaim sends the Claims again whose answers were lost, until shared grants
// one. It returns the last answer, or the zero Claim.
func (f *failOpen) reclaim(ctx context.Context, d *delivery) (c Claim, err error) {
	for _, r := range slices.Backward(d.unheard) {
		if c, err = f.shared.Claim(ctx, r); err != nil {
			return Claim{}, err
		}
		if c.State != InFlight {
			d.unheard = nil
			break
		}
	}
	return c, nil
}

// keep renews local's lease for the holder of a grant of shared, so that no
// other takes over in this process before shared has answered. It returns
// ErrLost if another has, or if the holder has given the claim up. A lease of
// zero is that of the request.
func (f *failOpen) keep(ctx context.Context, g *grant, lease time.Duration) error {
	switch {
	case g == nil || g.state == completed:
		return nil
	case g.state != held:
		return ErrLost
	case lease == 0:
		lease = g.request.Lease
	}
	aside, cancel := f.aside(ctx)
	defer cancel()
	if err := f.local.Extend(aside, g.request.Key, g.local, lease); errors.Is(err, ErrLost) {
		return ErrLost
	}
	return nil
}

// completed notes in local that a claim of the shared store was completed.
func (f *failOpen) completed(ctx context.Context, g *grant, retain time.Duration) {
	if g == nil || g.state != held {
		return
	}
	aside, cancel := f.aside(ctx)
	defer cancel()
	if f.local.Complete(aside, g.request.Key, g.local, retain) != nil {
		return
	}
	f.retain.Store(int64(retain))
	g.complete(retain)
}

// lost gives up in local a claim that is lost in the shared store.
func (f *failOpen) lost(ctx context.Context, d *delivery, g *grant) {
	if g == nil {
		return
	}
	if g.state == held {
		aside, cancel := f.aside(ctx)
		defer cancel()
		_ = f.local.Release(aside, g.request.Key, g.local) // else its lease runs out
	}
	d.drop(g)
}

// tell ends in the shared store a claim that has ended in this process. There it
// is unknown, in flight for a Claim whose answer was lost, or taken by another
// replica.
func (f *failOpen) tell(ctx context.Context, d *delivery, g *grant) {
	heard := false
	reached, err := f.ask(ctx, func(ctx context.Context) error {
		if g.shared == 0 {
			g.renew(g.request.Lease) // as above
			c, err := f.shared.Claim(ctx, g.request)
			if err == nil && c.State == InFlight {
				c, err = f.reclaim(ctx, d)
			}
			if err != nil {
				return err
			}
			if heard = c.State == Done; c.State != Granted {
				return nil
			}
			g.shared = c.Fence
		}
		err := f.told(g, f.end(ctx, g))
		heard = err == nil && g.shared != 0
		return err
	})
	if reached && err == nil && heard {
		d.unheard = nil
		d.drop(g)
	}
}

// end ends in the shared store a claim that it has granted.
func (f *failOpen) end(ctx context.Context, g *grant) error {
	if left := time.Until(g.until); g.state == completed && left > 0 {
		return f.shared.Complete(ctx, g.request.Key, g.shared, left)
	}
	return f.shared.Release(ctx, g.request.Key, g.shared)
}

// told returns the error of a call that tells shared of a grant. A claim that is
// lost there is no outage, and no longer the grant's.
func (f *failOpen) told(g *grant, err error) error {
	if errors.Is(err, ErrLost) {
		g.shared = 0
		return nil
	}
	return err
}
