package middleware

import (
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// take claims the delivery and acts on the store's answer.
func (a *attempt) take(key idempotency.Key) {
	d := a.out.Delivery
	first, err := a.bind(key)
	if err != nil {
		a.unavailable(err)
		return
	}
	a.out.Replay = first != key
	req := idempotency.Request{
		Key:         first,
		Owner:       newOwner(),
		Fingerprint: fingerprint(d.Body),
		Lease:       a.once.opts.Lease,
	}
	claim, err := a.claim(&req)
	if err != nil {
		a.unavailable(err)
		return
	}
	a.out.Altered = claim.Fingerprint != req.Fingerprint && !a.out.Replay
	switch {
	case claim.State == idempotency.Granted:
		a.run(first, claim.Fence)
	case a.out.Altered && a.once.opts.Strict:
		a.end(Conflict, nil)
		wire.Answer(a.w.w, http.StatusConflict, "Known delivery id with another body")
	case claim.State == idempotency.Done:
		a.end(Duplicate, nil)
		wire.Answer(a.w.w, http.StatusOK, wire.Duplicate)
	default:
		a.end(Busy, nil)
		wire.Later(a.w.w, claim.RetryAfter)
	}
}

// bind returns the key under which the signed content was first seen.
func (a *attempt) bind(key idempotency.Key) (idempotency.Key, error) {
	o, d := a.once, a.out.Delivery
	if o.binder == nil || d.ContentDigest == [32]byte{} {
		return key, nil
	}
	seal := d.ContentDigest
	if d.Tenant != "" {
		// Tenants who share a secret must not pass for replays of each other.
		seal = sha256.Sum256(append(seal[:], d.Tenant...))
	}
	window := o.opts.ReplayWindow
	if window == 0 {
		window = max(2*d.Tolerance, time.Second)
	}
	ctx := a.storeContext()
	defer ctx.finish(nil)
	return o.binder.Bind(ctx, seal, key, window)
}

// claim asks for the delivery and, while somebody else is at it, waits for the
// end, up to the Wait option.
func (a *attempt) claim(req *idempotency.Request) (idempotency.Claim, error) {
	c, err := a.claimNow(req)
	if err != nil || c.State != idempotency.InFlight {
		return c, err
	}
	// An end between a claim and the wait for it must not be missed: ask to
	// be told first, then claim again.
	wait := a.once.waiting.join(req.Key)
	defer wait.leave()
	deadline := time.NewTimer(a.once.opts.Wait)
	defer deadline.Stop()
	for pause := 25 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		ended := wait.ended()
		c, err = a.claimNow(req)
		if err != nil || c.State != idempotency.InFlight {
			return c, err
		}
		poll := time.NewTimer(min(pause/2+rand.N(pause), max(c.RetryAfter, time.Millisecond)))
		select {
		case <-ended:
		case <-poll.C:
		case <-deadline.C:
			poll.Stop()
			return a.claimNow(req)
		case <-a.r.Context().Done():
			poll.Stop()
			return c, nil
		}
		poll.Stop()
	}
}

func (a *attempt) claimNow(req *idempotency.Request) (idempotency.Claim, error) {
	ctx := a.storeContext()
	defer ctx.finish(nil)
	c, err := a.once.store.Claim(ctx, *req)
	if err == nil && (c.State < idempotency.Granted || c.State > idempotency.Done) {
		err = errors.New("the store answered a claim with no valid state")
	}
	return c, err
}

// storeContext bounds one call of the store, made on the request's goroutine.
// It does not end with the request: a sender that hangs up must not leave a
// claim behind that nobody holds.
func (a *attempt) storeContext() *lazyContext {
	if a.called == len(a.calls) {
		return a.once.storeContext(a.r.Context())
	}
	ctx := &a.calls[a.called]
	a.called++
	ctx.parent, ctx.deadline = a.r.Context(), time.Now().Add(a.once.opts.StoreTimeout)
	return ctx
}

// storeContext bounds one call of the store. It has nothing of ctx but its
// values.
func (o *once) storeContext(ctx context.Context) *lazyContext {
	return &lazyContext{parent: ctx, deadline: time.Now().Add(o.opts.StoreTimeout)}
}

// newOwner returns a number that no other request has.
func newOwner() (owner [16]byte) {
	crand.Read(owner[:]) //nolint:errcheck // it never fails
	return owner
}
