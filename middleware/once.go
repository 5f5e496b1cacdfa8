package middleware

import (
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/wire"
)

const maxIDLength = 255

// Once lets a verified delivery through to the handler unless it has taken
// effect before, and makes a 2xx on the wire mean that it has: the claim is
// completed before the answer leaves, and every other ending releases it, so
// that the sender's retry runs again. It needs [Verify] before it.
//
// A delivery takes effect if the handler returns normally, with a 2xx status
// written or nothing written (which answers 200 {"received":true}). It does
// not, and is released, if the handler writes another status, be it after a 2xx
// that has not been sent yet; if it panics, calls [runtime.Goexit], or reports a
// failure with [Fail]; or if it writes nothing and its context has ended.
//
// What the handler writes is held back until the outcome is settled, up to 64
// KiB; it reaches the wire earlier if the handler writes more or flushes. A
// handler that fails after that is released too, and loudly logged, because
// the sender has seen a success.
//
// If s is an [idempotency.Transactor], the handler has a transaction in its
// context, which is committed together with the completed mark, or rolled back.
//
// The handler's context lives on when the sender hangs up, bounded by
// HandlerTimeout. It is cancelled with the cause [idempotency.ErrLost] when the
// claim is lost; the handler should stop then, as somebody else is at it. The
// handler must have ended when it returns: [http.TimeoutHandler], which leaves
// it running, belongs outside of Once.
//
// If the handler has succeeded but the store can't be told, the answer is 503,
// and the completion is tried on in the background for some minutes, so that
// the retry finds it done. A shutdown of the server does not wait for that.
//
// The outcome of other cases: an id that is done, 200 {"duplicate":true}; an id
// in flight, as it ends within Wait, or 503 with Retry-After; no usable id (1
// to 255 printable ASCII characters), 400; a store that doesn't answer, 503
// with Retry-After.
//
// Once panics if s is nil or an option is out of range.
func Once(s idempotency.Store, o *OnceOptions) func(http.Handler) http.Handler {
	var opts OnceOptions
	if o != nil {
		opts = *o
	}
	if err := opts.check(s); err != nil {
		panic("middleware: Once: " + err.Error())
	}
	binder, _ := s.(idempotency.Binder)
	begins, _ := s.(idempotency.Transactor)
	if opts.NoReplayGuard {
		binder = nil
	}
	return func(next http.Handler) http.Handler {
		return &once{next: next, store: s, binder: binder, begins: begins, opts: opts, waiting: newWaitlist()}
	}
}

type once struct {
	next    http.Handler
	store   idempotency.Store
	binder  idempotency.Binder     // nil: no replay guard
	begins  idempotency.Transactor // nil: the handler has no transaction
	opts    OnceOptions
	waiting *waitlist
	late    atomic.Int64 // completions tried on in the background
}

func (o *once) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, ok := hooklatch.FromContext(r.Context())
	if !ok {
		o.opts.misplaced(w, r, nil, errNoCapture)
		return
	}
	if d.Provider == "" {
		o.opts.misplaced(w, r, d, errNoVerify)
		return
	}
	id := d.ID
	if o.opts.ID != nil {
		id = o.opts.ID(d)
	}
	if !usableID(id) {
		o.end(r, Outcome{Result: BadID, Delivery: d, Err: errNoID})
		wire.Answer(w, http.StatusBadRequest, "Bad delivery id")
		return
	}
	key := idempotency.NewKey(d.Provider, d.Tenant, id)
	if f, ok := r.Context().Value(failureKey{}).(*failure); ok && f.key == key {
		o.opts.misplaced(w, r, d, errOnceTwice)
		return
	}
	o.take(w, r, d, key)
}

var (
	errNoID      = errors.New("no usable delivery id; where the provider sends none, set OnceOptions.ID")
	errOnceTwice = errors.New("the Once layer is mounted twice: the inner one would wait for the outer one for ever")
)

// usableID tells whether id has 1 to 255 characters, all printable ASCII.
func usableID(id string) bool {
	if id == "" || len(id) > maxIDLength {
		return false
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// take claims the delivery and acts on the store's answer.
func (o *once) take(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery, key idempotency.Key) {
	out := Outcome{Delivery: d}
	first, err := o.bind(r.Context(), d, key)
	if err != nil {
		o.unavailable(w, r, out, err)
		return
	}
	out.Replay = first != key
	req := idempotency.Request{
		Key:         first,
		Owner:       newOwner(),
		Fingerprint: sha256.Sum256(d.Body),
		Lease:       o.opts.Lease,
	}
	claim, err := o.claim(r.Context(), req)
	if err != nil {
		o.unavailable(w, r, out, err)
		return
	}
	out.Altered = claim.Fingerprint != req.Fingerprint && !out.Replay
	switch {
	case claim.State == idempotency.Granted:
		o.run(w, r, out, first, claim.Fence)
	case out.Altered && o.opts.Strict:
		out.Result = Conflict
		o.end(r, out)
		wire.Answer(w, http.StatusConflict, "Known delivery id with another body")
	case claim.State == idempotency.Done:
		out.Result = Duplicate
		o.end(r, out)
		wire.Answer(w, http.StatusOK, wire.Duplicate)
	default:
		out.Result = Busy
		o.end(r, out)
		wire.Later(w, claim.RetryAfter)
	}
}

// bind returns the key under which the signed content was first seen.
func (o *once) bind(ctx context.Context, d *hooklatch.Delivery, key idempotency.Key) (idempotency.Key, error) {
	if o.binder == nil || d.Seal == [32]byte{} {
		return key, nil
	}
	seal := d.Seal
	if d.Tenant != "" {
		// Tenants who share a secret must not pass for replays of each other.
		seal = sha256.Sum256(append(seal[:], d.Tenant...))
	}
	ctx, cancel := o.storeContext(ctx)
	defer cancel()
	window := o.opts.ReplayWindow
	if window == 0 {
		window = max(2*d.Tolerance, time.Second)
	}
	return o.binder.Bind(ctx, seal, key, window)
}

// claim asks for the delivery and, while somebody else is at it, waits for the
// end, up to the Wait option.
func (o *once) claim(ctx context.Context, req idempotency.Request) (idempotency.Claim, error) {
	c, err := o.claimNow(ctx, req)
	if err != nil || c.State != idempotency.InFlight {
		return c, err
	}
	// An end between a claim and the wait for it must not be missed: ask to
	// be told first, then claim again.
	wait := o.waiting.join(req.Key)
	defer wait.leave()
	deadline := time.NewTimer(o.opts.Wait)
	defer deadline.Stop()
	for pause := 25 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		ended := wait.ended()
		c, err = o.claimNow(ctx, req)
		if err != nil || c.State != idempotency.InFlight {
			return c, err
		}
		poll := time.NewTimer(min(pause/2+rand.N(pause), max(c.RetryAfter, time.Millisecond)))
		select {
		case <-ended:
		case <-poll.C:
		case <-deadline.C:
			poll.Stop()
			return o.claimNow(ctx, req)
		case <-ctx.Done():
			poll.Stop()
			return c, nil
		}
		poll.Stop()
	}
}

func (o *once) claimNow(ctx context.Context, req idempotency.Request) (idempotency.Claim, error) {
	ctx, cancel := o.storeContext(ctx)
	defer cancel()
	c, err := o.store.Claim(ctx, req)
	if err == nil && (c.State < idempotency.Granted || c.State > idempotency.Done) {
		err = errors.New("the store answered a claim with no valid state")
	}
	return c, err
}

// storeContext bounds one call of the store. It does not end with the request:
// a sender that hangs up must not leave a claim behind that nobody holds.
func (o *once) storeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), o.opts.StoreTimeout)
}

func (o *once) unavailable(w http.ResponseWriter, r *http.Request, out Outcome, err error) {
	out.Result, out.Err = Unavailable, err
	o.end(r, out)
	wire.Later(w, retryAfterOutage)
}

func (o *once) end(r *http.Request, out Outcome) {
	out.Duration = time.Since(out.Delivery.Received)
	o.opts.end(r, out)
}

// newOwner returns a number that no other request has.
func newOwner() (owner [16]byte) {
	crand.Read(owner[:]) //nolint:errcheck // it never fails
	return owner
}
