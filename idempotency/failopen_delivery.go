package idempotency

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A grant is a claim that this process was granted, as both stores know it.
type grant struct {
	fence   uint64 // that the holder knows, or 0; local's have localFence set
	shared  uint64 // the shared store's, or 0: it has granted none
	local   uint64 // the local store's
	request Request
	ends    time.Time // of the lease
	state   grantState
	until   time.Time // end of the retention, if completed
}

// localFence marks the fences that local has granted.
const localFence = 1 << 63

// alone reports whether local granted the claim, without shared.
func (g *grant) alone() bool { return g.fence >= localFence }

// renew counts the lease anew.
func (g *grant) renew(lease time.Duration) { g.ends = time.Now().Add(lease) }

type grantState uint8

const (
	// held: neither completed nor released, and no other took over.
	held grantState = iota

	// superseded: another holder in this process took over. Shared may not
	// have heard, and would let the first one go on.
	superseded

	// completed: local knows it, and shared has not heard.
	completed

	// released: local knows it, and shared has not heard.
	released
)

// forgetGrantAfter is how long after its lease a grant is kept whose holder
// does not call again.
const forgetGrantAfter = 24 * time.Hour

// stale reports whether a grant no longer counts. That shared has not heard of
// the end of a claim matters while the key is in flight there: for a lease, and
// another for a call that reached it late or whose answer is on its way.
func (g *grant) stale(now time.Time) bool {
	over := now.Sub(g.ends)
	if g.state == held || g.state == superseded {
		return over > forgetGrantAfter
	}
	return over > g.request.Lease || g.state == completed && now.After(g.until)
}

// A delivery is what a failOpen knows of a key.
type delivery struct {
	turn   chan struct{} // holds a token during a call
	calls  int           // under way or waiting for their turn
	grants []*grant      // belong to whose turn it is; the newest is last

	// unheard are Claims whose answers from shared were lost: it may have
	// granted one of them.
	unheard []Request
}

// maxUnheard bounds the Claims that a delivery notes as unheard. In an outage
// there is one in each pause, and the last ones matter: those of one lease.
const maxUnheard = 16

// notHeard notes a Claim whose answer was lost.
func (d *delivery) notHeard(r Request) {
	d.unheard = slices.DeleteFunc(d.unheard, func(u Request) bool { return u.Owner == r.Owner })
	if len(d.unheard) == maxUnheard {
		d.unheard = slices.Delete(d.unheard, 0, 1)
	}
	d.unheard = append(d.unheard, r)
}

// byFence returns the grant that its holder knows by fence, or nil. A grant of
// which no holder has heard has the fence 0.
func (d *delivery) byFence(fence uint64) *grant {
	return d.find(func(g *grant) bool { return g.fence == fence && fence != 0 })
}

// byLocal returns the grant with the local store's fence, or nil.
func (d *delivery) byLocal(fence uint64) *grant {
	return d.find(func(g *grant) bool { return g.local == fence })
}

// last returns the newest grant of a state, or nil.
func (d *delivery) last(state grantState) *grant {
	now := time.Now()
	return d.find(func(g *grant) bool { return g.state == state && !g.stale(now) })
}

func (d *delivery) find(match func(*grant) bool) *grant {
	for _, g := range slices.Backward(d.grants) {
		if match(g) {
			return g
		}
	}
	return nil
}

// complete notes that a grant is done here.
func (g *grant) complete(retain time.Duration) {
	g.state, g.until = completed, time.Now().Add(retain)
}

// drop forgets a grant; nil is none.
func (d *delivery) drop(g *grant) {
	d.grants = slices.DeleteFunc(d.grants, func(other *grant) bool { return other == g })
}

// supersede adds a grant of local that takes over from those before.
func (d *delivery) supersede(g *grant) {
	for _, old := range d.grants {
		old.state = superseded
	}
	d.grants = slices.DeleteFunc(d.grants, (*grant).alone) // local refuses those
	d.grants = append(d.grants, g)
}

// deliveries are those that calls or grants are about. Calls for one key take
// turns: what the two stores say of it can then not change between their calls.
type deliveries struct {
	mu    sync.Mutex
	byKey map[Key]*delivery
	sweep int // the number of deliveries at which stale grants are dropped
}

// enter waits for a call's turn with the key. The caller must leave.
func (ds *deliveries) enter(ctx context.Context, key Key) (*delivery, error) {
	ds.mu.Lock()
	d, ok := ds.byKey[key]
	if !ok {
		ds.dropStale()
		d = &delivery{turn: make(chan struct{}, 1)}
		ds.byKey[key] = d
	}
	d.calls++
	ds.mu.Unlock()

	select {
	case d.turn <- struct{}{}:
		return d, nil
	case <-ctx.Done():
		ds.forget(key, d)
		return nil, ctx.Err()
	}
}

// leave ends a call's turn.
func (ds *deliveries) leave(key Key, d *delivery) {
	<-d.turn
	ds.forget(key, d)
}

// forget counts a call out.
func (ds *deliveries) forget(key Key, d *delivery) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d.calls--
	if d.calls == 0 && len(d.grants) == 0 {
		delete(ds.byKey, key)
	}
}

// dropStale drops stale grants when there are twice as many deliveries as it
// left the last time.
func (ds *deliveries) dropStale() {
	const least = 1024
	if len(ds.byKey) < max(ds.sweep, least) {
		return
	}
	now := time.Now()
	for key, d := range ds.byKey {
		if d.calls > 0 {
			continue
		}
		d.grants = slices.DeleteFunc(d.grants, func(g *grant) bool { return g.stale(now) })
		if len(d.grants) == 0 {
			delete(ds.byKey, key)
		}
	}
	ds.sweep = 2 * len(ds.byKey)
}
