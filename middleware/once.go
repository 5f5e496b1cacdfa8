package middleware

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

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
	binder, _ := s.(idempotency.ReplayGuard)
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
	binder  idempotency.ReplayGuard // nil: no replay guard
	begins  idempotency.Transactor  // nil: the handler has no transaction
	opts    OnceOptions
	waiting *waitlist
	late    atomic.Int64 // completions tried on in the background
	keepers sync.Map     // *keeper by *http.Server
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
	key := idempotency.NewKey(idempotency.Identity{Provider: d.Provider, Tenant: d.Tenant, ID: id})
	if f, ok := r.Context().Value(failureKey{}).(*failure); ok && f.key == key {
		o.opts.misplaced(w, r, d, errOnceTwice)
		return
	}
	a := newAttempt(r.Context())
	a.once, a.r, a.w.w, a.out.Delivery = o, r, w, d
	a.take(key)
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

func (o *once) end(r *http.Request, out Outcome) {
	out.Duration = since(out.Delivery)
	o.opts.end(r, out)
}
