package idempotency

import (
	"context"
	"errors"
	"time"
)

func (f *failOpen) Claim(ctx context.Context, r Request) (Claim, error) {
	if err := checkCall(ctx, "lease", r.Lease); err != nil {
		return Claim{}, err
	}
	d, err := f.deliveries.enter(ctx, r.Key)
	if err != nil {
		return Claim{}, err
	}
	defer f.deliveries.leave(r.Key, d)

	var c Claim
	asked := false
	reached, err := f.ask(ctx, func(ctx context.Context) (err error) {
		asked = true
		c, err = f.shared.Claim(ctx, r)
		return err
	})
	switch {
	case err != nil:
		return Claim{}, err
	case !reached:
		if asked {
			d.notHeard(r)
		}
		return f.claimAlone(ctx, d, r, asked)
	case c.State == InFlight:
		return f.inFlight(ctx, d, r, c), nil
	case c.State != Granted:
		return c, nil
	case c.Fence >= localFence:
		return Claim{}, errors.New("idempotency: FailOpen: the shared store's fences are too high")
	}
	d.unheard = nil
	return f.confirm(ctx, d, r, c), nil
}

// claimAlone asks the local store alone. If shared was asked before, its answer
// was lost.
func (f *failOpen) claimAlone(ctx context.Context, d *delivery, r Request, asked bool) (Claim, error) {
	c, err := f.local.Claim(ctx, r)
	switch {
	case err != nil:
		return Claim{}, err
	case c.State == Done && asked:
		f.mayBeInFlight(d, r, c, 0)
		return c, nil
	case c.State != Granted:
		return c, nil
	}
	g := d.byLocal(c.Fence)
	if g == nil {
		f.outage.alone.Add(1)
		g = &grant{fence: c.Fence | localFence, local: c.Fence, request: r}
		d.supersede(g)
	}
	g.renew(r.Lease)
	c.Fence = g.fence
	return c, nil
}

// mayBeInFlight notes that shared may have granted r, under the fence if that is
// not 0, what is done here.
func (f *failOpen) mayBeInFlight(d *delivery, r Request, done Claim, fence uint64) {
	g := d.last(completed)
	if g == nil {
		r.Fingerprint = done.Fingerprint
		g = &grant{request: r}
		g.complete(time.Duration(f.retain.Load()))
		d.grants = append(d.grants, g)
	}
	if fence != 0 {
		g.shared = fence
	}
	g.renew(r.Lease)
}

// inFlight answers a claim that is in flight in the shared store, where that
// knows less than this process.
func (f *failOpen) inFlight(ctx context.Context, d *delivery, r Request, c Claim) Claim {
	if g := d.last(completed); g != nil {
		done := Claim{State: Done, Fingerprint: g.request.Fingerprint}
		f.tell(ctx, d, g)
		return done
	}
	g := d.last(held)
	if g == nil || g.request.Owner != r.Owner {
		return c
	}
	// The holder asks again. Shared has granted the claim to another's
	// request, of which the answer was lost or the holder got the claim, or
	// has not granted it; or else another replica took over.
	err := ErrLost
	if g.shared != 0 {
		err = f.inShared(ctx, d, g, g.shared, func(fence uint64) error { return f.shared.Extend(ctx, r.Key, fence, r.Lease) })
	}
	if errors.Is(err, ErrLost) && !g.alone() {
		return c
	}
	aside, cancel := f.aside(ctx)
	defer cancel()
	again, err := f.local.Claim(aside, r)
	if err != nil || again.State != Granted || again.Fence != g.local {
		return c
	}
	g.renew(r.Lease)
	again.Fence = g.fence
	return again
}

// confirm notes a claim of the shared store in the local one, unless that knows
// better: of what this process did in an outage, or has not ended since, shared
// has not heard.
func (f *failOpen) confirm(ctx context.Context, d *delivery, r Request, granted Claim) Claim {
	aside, cancel := f.aside(ctx)
	defer cancel()
	c, err := f.local.Claim(aside, r)
	switch {
	case err != nil:
		return granted // local is only told
	case c.State == Granted:
		g := d.byLocal(c.Fence)
		if g == nil {
			g = &grant{fence: granted.Fence, local: c.Fence, request: r}
			d.grants = []*grant{g} // the holders before have lost it in both stores
		}
		g.shared = granted.Fence
		g.renew(r.Lease)
		granted.Fence = g.fence
		return granted
	case c.State == Done:
		f.mayBeInFlight(d, r, c, granted.Fence)
		f.tell(ctx, d, d.last(completed))
		return c
	}
	if g := d.last(held); g != nil {
		// The holder's own claim has run out in shared, or was never there:
		// let it have this one.
		g.shared = granted.Fence
	}
	return c
}
