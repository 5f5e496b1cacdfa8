package idempotency

import (
	"context"
	"time"
)

// capable returns f with the optional interfaces of its stores.
func (f *failOpen) capable() Store {
	var (
		guard      ReplayGuard
		forgetter  Forgetter
		transactor Transactor
	)
	if g, ok := f.shared.(ReplayGuard); ok {
		guard = failOpenGuard{f, g}
	}
	if shared, ok := f.shared.(Forgetter); ok {
		if local, ok := f.local.(Forgetter); ok {
			forgetter = failOpenForgetter{f, shared, local}
		}
	}
	if t, ok := f.shared.(Transactor); ok {
		transactor = failOpenTransactor{f, t}
	}
	return with(f, guard, forgetter, transactor)
}

// with returns s with those of the others that are not nil, and no more:
// callers look for what a store can do by its method set.
func with(s Store, guard ReplayGuard, forgetter Forgetter, transactor Transactor) Store {
	type (
		g = ReplayGuard
		f = Forgetter
		t = Transactor
	)
	switch guards, forgets, begins := guard != nil, forgetter != nil, transactor != nil; {
	case guards && forgets && begins:
		return struct {
			Store
			g
			f
			t
		}{s, guard, forgetter, transactor}
	case guards && forgets:
		return struct {
			Store
			g
			f
		}{s, guard, forgetter}
	case guards && begins:
		return struct {
			Store
			g
			t
		}{s, guard, transactor}
	case forgets && begins:
		return struct {
			Store
			f
			t
		}{s, forgetter, transactor}
	case guards:
		return struct {
			Store
			g
		}{s, guard}
	case forgets:
		return struct {
			Store
			f
		}{s, forgetter}
	case begins:
		return struct {
			Store
			t
		}{s, transactor}
	}
	return s
}

type failOpenGuard struct {
	f      *failOpen
	shared ReplayGuard
}

func (b failOpenGuard) Bind(ctx context.Context, digest [32]byte, key Key, ttl time.Duration) (Key, error) {
	if err := checkCall(ctx, "ttl", ttl); err != nil {
		return Key{}, err
	}
	first := key
	reached, err := b.f.ask(ctx, func(ctx context.Context) (err error) {
		first, err = b.shared.Bind(ctx, digest, key, ttl)
		return err
	})
	if err != nil {
		return Key{}, err
	}
	local, ok := b.f.local.(ReplayGuard)
	switch {
	case !ok && reached:
		return first, nil
	case !ok:
		return key, nil
	case !reached:
		return local.Bind(ctx, digest, key, ttl)
	}
	aside, cancel := b.f.aside(ctx)
	defer cancel()
	if here, err := local.Bind(aside, digest, first, ttl); err == nil {
		return here, nil // bound in an outage, of which shared has not heard
	}
	return first, nil
}

type failOpenForgetter struct {
	f             *failOpen
	shared, local Forgetter
}

func (r failOpenForgetter) Forget(ctx context.Context, key Key) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	d, err := r.f.deliveries.enter(ctx, key)
	if err != nil {
		return false, err
	}
	defer r.f.deliveries.leave(key, d)
	if g := d.last(completed); g != nil {
		r.f.tell(ctx, d, g)
	}
	if g := d.last(held); g != nil && g.alone() {
		return false, ErrInFlight // of which shared has not heard
	}
	there, err := r.shared.Forget(ctx, key)
	if err != nil {
		return false, err
	}
	aside, cancel := r.f.aside(ctx)
	defer cancel()
	for _, g := range d.grants {
		if g.state == held { // lost: for shared the key is not in flight
			_ = r.f.local.Release(aside, key, g.local) // ErrLost if local knows it
		}
	}
	d.grants = nil
	here, err := r.local.Forget(aside, key)
	return there || here, err
}
