package middleware

import (
	"errors"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// The defaults of [OnceOptions].
const (
	DefaultWait           = 2 * time.Second
	DefaultLease          = 15 * time.Second
	DefaultRetain         = 72 * time.Hour
	DefaultStoreTimeout   = 250 * time.Millisecond
	DefaultHandlerTimeout = time.Minute

	// MinRetain is the shortest retention that Once accepts: a delivery
	// must be remembered for longer than its sender goes on retrying.
	MinRetain = 30 * time.Minute
)

// OnceOptions are the optional settings of [Endpoint.Once]. Nil and the zero
// value are ready to use: zero durations mean the defaults above, unless said
// otherwise, and negative ones make Once panic.
type OnceOptions struct {
	// ID finds the delivery id where the verifier finds none, or where
	// another is to count. Nil means the envelope's. It must return the same
	// id on every retry of one delivery, and for no other delivery.
	ID func(*hooklatch.Delivery) string

	// Wait is how long a delivery whose id is in flight already waits for
	// the other attempt to end before it is answered with 503. It must be
	// shorter than the sender waits for an answer, or the sender never sees
	// one: some give up after 3 seconds (Slack) or 5 (Gitea, Outpost). At
	// most 32 deliveries wait for one id, and 1,024 at one endpoint; any
	// more are answered with 503 at once.
	Wait time.Duration

	// Lease is for how long a claim outlives a process that was killed
	// while handling it. While the handler runs, Once extends the lease
	// each time a third of it has passed. It must be a second at least, and
	// more than StoreTimeout.
	Lease time.Duration

	// Retain is for how long a completed delivery is remembered, and its
	// duplicates recognised. Once panics if it is below [MinRetain].
	Retain time.Duration

	// StoreTimeout bounds each call of the store (but a Transactor's Begin,
	// which gets the handler's context). When it runs out, the answer is
	// 503: the delivery comes again when the store is back.
	StoreTimeout time.Duration

	// HandlerTimeout bounds the handler's context, which does not end when
	// the sender hangs up. An earlier deadline of the request's own context
	// holds too. A handler that goes on all the same keeps its claim, or it
	// might take effect beside its retry; the log says that it is overdue.
	HandlerTimeout time.Duration

	// ReplayWindow is for how long a verified signature is remembered with
	// the delivery id that it first came with, if the store is an
	// [idempotency.ReplayGuard] and the provider signs a timestamp but not
	// the id. A captured request that is sent again under another id is then
	// a duplicate. Zero means twice the verifier's tolerance: a timestamp
	// may be that far ahead when it is first seen.
	//
	// The guard can't tell a replay from two genuine events whose bodies
	// and seconds of signing are equal: two equal clicks in one second,
	// where the body has no finer time and no id of its own. It answers the
	// second as a duplicate, and the log says "same signature under another
	// id". Where your provider sends such events and each must count, set
	// NoReplayGuard.
	ReplayWindow time.Duration

	// NoReplayGuard turns that off: within the verifier's tolerance, an
	// attacker who has captured a request can make it take effect again.
	NoReplayGuard bool

	// Strict refuses a known id that comes with another body: 409, and
	// nothing takes effect. Otherwise it is answered as the duplicate that
	// it claims to be. Both are logged and reported as Altered.
	Strict bool
}

// Once returns the layer that lets a verified delivery through to the handler
// unless it has taken effect before, and makes a 2xx on the wire mean that it
// has: the claim is completed before the answer leaves, and every other ending
// releases it, so that the sender's retry runs again. It needs Verify before it.
//
// A delivery takes effect if the handler returns normally, with a 2xx status
// written or nothing written (which answers 200 {"received":true}). It does
// not, and is released, if the handler writes another status, even after a 2xx;
// if it panics, calls [runtime.Goexit], or reports a failure with
// [hooklatch.Report]; or if it writes nothing and its context has ended.
//
// Once holds back what the handler writes until the outcome is settled; a flush
// does not change that. Of an answer of more than 64 KiB it holds back the end
// only, and drops its Content-Length: if the handler fails after all, Once cuts
// the connection, so that the sender sees a broken answer. Where it could not cut
// it, in HTTP/1.0 and where a layer in front hides the server's writer, Once holds
// back the whole answer, and drops informational statuses in the latter case.
//
// If s is an [idempotency.Transactor], the handler has a transaction in its
// context, which is committed together with the completed mark, or rolled back.
// A handler that leaves nothing to commit ([idempotency.ErrHandlerTx]) has failed.
// A dead-letter hook runs after the rollback, outside of the transaction.
//
// The handler's context lives on when the sender hangs up, bounded by
// HandlerTimeout. It is cancelled with the cause [idempotency.ErrLost] when the
// claim is lost; the handler should stop then, as another process is handling
// the delivery. The handler must have ended when it returns:
// [http.TimeoutHandler], which leaves it running, belongs outside of Once.
//
// If the handler has succeeded but the store can't be told, the answer is 503,
// and Once goes on trying to complete the claim for some minutes, so that the
// retry finds it done. [Endpoint.Shutdown] waits for that.
//
// The other cases: an id that is done, 200 {"duplicate":true}; an id in flight,
// as that attempt ends within Wait, or 503 with Retry-After; no usable id (1 to
// 255 printable ASCII characters), 400; a store that doesn't answer, 503 with
// Retry-After.
//
// Once panics if s is nil or an option is out of range.
func (e *Endpoint) Once(s idempotency.Store, o *OnceOptions) func(http.Handler) http.Handler {
	var opts OnceOptions
	if o != nil {
		opts = *o
	}
	if err := opts.check(s); err != nil {
		panic("middleware: Once: " + err.Error())
	}
	guard, _ := s.(idempotency.ReplayGuard)
	begins, _ := s.(idempotency.Transactor)
	if opts.NoReplayGuard {
		guard = nil
	}
	return func(next http.Handler) http.Handler {
		checkNext("Once", next)
		return &once{endpoint: e, next: next, store: s, guard: guard, begins: begins, opts: opts}
	}
}

type once struct {
	endpoint *Endpoint
	next     http.Handler
	store    idempotency.Store
	guard    idempotency.ReplayGuard // nil: none
	begins   idempotency.Transactor  // nil: the handler has no transaction
	opts     OnceOptions
	renewals sync.Map // *renewalQueue by *http.Server
}

func (o *once) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := o.endpoint
	d, err := e.verified(r.Context(), "Once")
	if err != nil {
		e.misplaced(w, r, d, err)
		return
	}
	id, ok := e.identify(w, r, d, o.opts.ID, "OnceOptions.ID")
	if !ok {
		return
	}
	key := idempotency.NewKey(idempotency.Identity{Endpoint: e.name, Provider: d.Provider, Tenant: d.Tenant, ID: id})
	outer, _ := r.Context().Value(attemptKey{}).(*attempt)
	for a := outer; a != nil; a = a.outer {
		if a.grant.key == key {
			e.misplaced(w, r, d, &misplacement{"Once", "another Once layer before it claims the same id: the inner one would wait for the outer one for ever"})
			return
		}
	}
	if !e.drain.enter() {
		e.Report(r, Outcome{Result: ShuttingDown, Delivery: d, ID: id})
		wire.Later(w, retryAfterShutdown)
		return
	}
	defer e.drain.leave()
	f, _ := r.Context().Value(flowKey{}).(*flow)
	a := newAttempt(f)
	a.once, a.r, a.flow, a.outer = o, r, f, outer
	a.w.w, a.w.whole = w, !r.ProtoAtLeast(1, 1) || !wire.CanCut(w)
	a.out = Outcome{Delivery: d, ID: id}
	a.take(key)
}

// check puts in the defaults and finds everything that is wrong.
func (o *OnceOptions) check(s idempotency.Store) error {
	var errs []error
	if isNil(s) {
		errs = append(errs, errors.New("nil store"))
	}
	for _, d := range [...]struct {
		name   string
		value  *time.Duration
		preset time.Duration
	}{
		{"Wait", &o.Wait, DefaultWait},
		{"Lease", &o.Lease, DefaultLease},
		{"Retain", &o.Retain, DefaultRetain},
		{"StoreTimeout", &o.StoreTimeout, DefaultStoreTimeout},
		{"HandlerTimeout", &o.HandlerTimeout, DefaultHandlerTimeout},
		{"ReplayWindow", &o.ReplayWindow, 0},
	} {
		switch {
		case *d.value < 0:
			errs = append(errs, errors.New(d.name+" is negative"))
		case *d.value == 0:
			*d.value = d.preset
		}
	}
	if o.Lease > 0 && (o.Lease < time.Second || o.Lease <= o.StoreTimeout) {
		errs = append(errs, errors.New("lease below a second, or not more than StoreTimeout"))
	}
	if o.Retain > 0 && o.Retain < MinRetain {
		errs = append(errs, errors.New("retention below MinRetain: retries would take effect again"))
	}
	return errors.Join(errs...)
}

// isNil tells whether a store or a verifier is missing: none, or a nil pointer to
// one, as a constructor returns beside an error.
func isNil(x any) bool {
	v := reflect.ValueOf(x)
	return x == nil || v.Kind() == reflect.Pointer && v.IsNil()
}
