package idempotency_test

import (
	"context"
	"errors"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A walkKey is what the replica has been told of one key.
type walkKey struct {
	key     idempotency.Key
	holders []*walkHolder // that may call still, the newest last
	other   idempotency.Claim

	doneUntil time.Time // it must be done until then
	mayBeDone time.Time // and may be until then
}

// A walkHolder was granted a claim.
type walkHolder struct {
	request idempotency.Request
	fence   uint64
	until   time.Time // it holds the claim until then at least, unless it ends it
	lost    bool      // another was granted the claim, or it was told so
	ended   bool      // Completed, or tried to Release
	tried   bool      // to Complete
	gone    time.Time // when it stops calling, if it has tried
}

// A walkBinding is what the replica has been told of a digest.
type walkBinding struct {
	key   idempotency.Key
	until time.Time
}

func (k *walkKey) done() bool { return time.Now().Before(k.doneUntil) }

// completed notes that the delivery may have been completed. A mark that is
// passed on to the shared store can outlast its retention.
func (k *walkKey) completed() { k.mayBeDone = time.Now().Add(3 * walkRetain) }

func (w *walk) claim(ctx context.Context, k *walkKey) {
	r := w.request(k.key)
	var again *walkHolder
	if n := len(k.holders); n > 0 && w.rand.IntN(4) == 0 {
		if h := k.holders[n-1]; !h.lost && !h.tried && !h.ended {
			again, r = h, h.request // it sends its Claim again
		}
	}
	wasDone := k.done()
	c, err := w.store.Claim(ctx, r)
	w.trace("%.4s Claim by %x: %v, fence %x, %v", k.key, r.Owner[7], c.State, c.Fence, err)
	switch {
	case err != nil:
		w.Errorf("Claim: %v: the local store can answer", err)
	case c.State == idempotency.Granted:
		if wasDone {
			w.Error("Claim: granted after done")
		}
		w.granted(k, again, r, c)
	case again != nil && time.Now().Before(again.until) && (w.alone || again.fence >= 1<<63 && c.State == idempotency.InFlight):
		w.Errorf("Claim sent again by its holder: %v", c.State)
	case c.State == idempotency.InFlight:
		if w.alone && wasDone && k.done() {
			w.Error("Claim: in flight after done")
		}
		if c.RetryAfter <= 0 || c.RetryAfter > walkLease {
			w.Errorf("Claim: in flight with RetryAfter %v", c.RetryAfter)
		}
	case time.Now().After(k.mayBeDone):
		w.Error("Claim: done, but no Complete was called")
	}
}

// granted notes that r was granted the key; again is its holder, if it had been
// granted it before.
func (w *walk) granted(k *walkKey, again *walkHolder, r idempotency.Request, c idempotency.Claim) {
	now := time.Now()
	for _, h := range k.holders {
		if h != again && !h.lost && !h.ended && now.Before(h.until) {
			w.Errorf("Claim: two holders: the first's lease runs %v more", h.until.Sub(now))
		}
	}
	if again != nil {
		if c.Fence != again.fence {
			w.Errorf("Claim sent again: fence %x, want %x", c.Fence, again.fence)
		}
		again.until = now.Add(r.Lease)
		return
	}
	for _, h := range k.holders {
		h.lost = true
	}
	k.doneUntil = time.Time{}
	k.holders = append(k.holders, &walkHolder{request: r, fence: c.Fence, until: now.Add(r.Lease)})
	if len(k.holders) > 4 {
		k.holders = k.holders[1:]
	}
}

// hold makes one call of a holder, which may have lost its claim.
func (w *walk) hold(ctx context.Context, k *walkKey, h *walkHolder) {
	// Nothing but another replica takes such a claim away.
	sure := w.alone && !h.lost && !h.ended && !h.tried && time.Now().Before(h.until)
	var call string
	var err error
	switch w.rand.IntN(4) {
	case 0:
		call, err = "Release", w.store.Release(ctx, k.key, h.fence)
		if err == nil && (h.lost || h.tried) {
			w.Errorf("Release of a claim that was lost (%v) or completed (%v)", h.lost, h.tried)
		}
		h.ended = true
	case 1:
		call, err = "Complete", w.store.Complete(ctx, k.key, h.fence, walkRetain)
		w.completed(k, h, err)
	default:
		call, err = "Extend", w.store.Extend(ctx, k.key, h.fence, walkLease)
		if err == nil && (h.lost || h.ended && !h.tried) {
			w.Errorf("Extend of a claim that was lost (%v) or released (%v)", h.lost, h.ended)
		}
		if err == nil && !h.tried {
			h.until = time.Now().Add(walkLease)
		}
	}
	w.trace("%.4s %s of %x: %v", k.key, call, h.fence, err)
	if errors.Is(err, idempotency.ErrLost) {
		if sure {
			w.Errorf("%s: %v, while the lease ran and no other was granted the claim", call, err)
		}
		h.lost = h.lost || !h.tried && !h.ended
	}
}

// completed notes how a holder's Complete was answered.
func (w *walk) completed(k *walkKey, h *walkHolder, err error) {
	switch {
	case err == nil && (h.lost || h.ended && !h.tried):
		w.Errorf("Complete of a claim that was lost (%v) or released (%v)", h.lost, h.ended)
	case h.lost || h.ended || errors.Is(err, idempotency.ErrLost):
	default: // The effect is there, and the process knows.
		if !h.tried {
			h.gone = time.Now().Add(walkRetain / 2)
			k.doneUntil = time.Now().Add(walkRetain - time.Second)
			k.completed()
		}
		h.tried, h.ended = true, err == nil
	}
}

func (w *walk) forget(ctx context.Context, k *walkKey) {
	done, err := w.store.(idempotency.Forgetter).Forget(ctx, k.key)
	w.trace("%.4s Forget: %v, %v", k.key, done, err)
	switch {
	case errors.Is(err, idempotency.ErrInFlight):
	case err != nil:
		k.doneUntil = time.Time{} // it may have been forgotten
	default:
		if done && time.Now().After(k.mayBeDone) {
			w.Error("Forget: true, but no Complete was called")
		}
		k.doneUntil, k.mayBeDone = time.Time{}, time.Time{}
		for _, h := range k.holders {
			h.lost = true // or there would be a claim in flight
		}
	}
}

func (w *walk) bind(ctx context.Context) {
	i := w.rand.IntN(walkKeys)
	b, key := &w.bound[i], w.keys[w.rand.IntN(walkKeys)].key
	got, err := w.store.(idempotency.ReplayGuard).Bind(ctx, [32]byte{byte(i + 1)}, key, walkRetain)
	w.trace("digest %d Bind to %.4s: %.4s, %v", i, key, got, err)
	switch now := time.Now(); {
	case err != nil:
		w.Errorf("Bind: %v: the local store can answer", err)
	case now.Before(b.until) && got != b.key:
		w.Errorf("Bind: got %v, want %v, which was bound first", got, b.key)
	case got != b.key: // else it may be the old binding still
		b.key, b.until = got, now.Add(walkRetain-time.Second)
	}
}
