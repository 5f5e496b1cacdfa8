package middleware

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/verify"
)

// The results of [Endpoint.Inbox], beside those that it has in common with
// Once: BadID, Duplicate, Conflict, Unavailable and ShuttingDown.
const (
	Stored   Result = "stored"   // durable: its handler runs later; 200
	Unwanted Result = "unwanted" // acknowledged and not stored, as InboxOptions.Want says; 200
)

// DefaultPutTimeout is the time in which a delivery must be durable unless told
// otherwise.
const DefaultPutTimeout = 2 * time.Second

// InboxOptions are the optional settings of [Endpoint.Inbox]. Nil and the zero
// value are ready to use; negative durations make Inbox panic.
type InboxOptions struct {
	// ID finds the delivery id where the verifier finds none, or where
	// another is to count. Nil means the envelope's. It must return the same
	// id on every retry of one delivery, and for no other delivery.
	ID func(*hooklatch.Delivery) string

	// PutTimeout is the time in which the box must have made the delivery
	// durable. When it runs out, the answer is 503 and the delivery comes
	// again. It must be shorter than the sender waits for an answer. Zero
	// means [DefaultPutTimeout].
	PutTimeout time.Duration

	// ReplayWindow and NoReplayGuard are as in [OnceOptions].
	ReplayWindow  time.Duration
	NoReplayGuard bool

	// Strict refuses a known id that comes with another body: 409, and the
	// box keeps the first. Otherwise it is answered as the duplicate that it
	// claims to be. Both are logged and reported as Altered.
	Strict bool

	// Want, if set, tells which deliveries to keep: those of one tenant, say,
	// or no test events. The others are acknowledged, reported as Unwanted,
	// and gone. It is called concurrently, once the delivery is verified.
	Want func(*hooklatch.Delivery) bool
}

// Inbox returns the handler that stands in the place of Once and the handler
// behind it: it puts verified deliveries into the box, and makes a 2xx on the
// wire mean that the delivery is durable. The handlers run later, in the box's
// own Run. It needs Verify before it.
//
// The answers: 200 {"received":true} once the delivery is durable; 200
// {"duplicate":true} if the box knows its id, or its signature under another
// id; 503 with Retry-After if the box can't make it durable in time; 400 if it
// has no usable id (1 to 255 printable ASCII characters). The Put goes on when
// the sender hangs up, and [Endpoint.Shutdown] waits for it.
//
// Inbox panics if box is nil or an option is out of range.
func (e *Endpoint) Inbox(box inbox.Box, o *InboxOptions) http.Handler {
	var opts InboxOptions
	if o != nil {
		opts = *o
	}
	if v := reflect.ValueOf(box); box == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		panic("middleware: Inbox: nil box")
	}
	if opts.PutTimeout < 0 || opts.ReplayWindow < 0 {
		panic("middleware: Inbox: a duration is negative")
	}
	if opts.PutTimeout == 0 {
		opts.PutTimeout = DefaultPutTimeout
	}
	return &inboxHandler{endpoint: e, box: box, opts: opts}
}

// InboxReceiver puts the layers in front of a box in the one safe order: Accept,
// Capture, Verify, Limit, Inbox. It is [Endpoint.Receiver] for deliveries whose
// handlers run later; o's Inbox counts, and its Once does not.
//
// InboxReceiver panics if v, box or a layer is nil, or an option is out of range.
func (e *Endpoint) InboxReceiver(v verify.Verifier, box inbox.Box, o *ReceiverOptions) http.Handler {
	var opts ReceiverOptions
	if o != nil {
		opts = *o
	}
	return e.upToLimit(v, &opts)(e.Inbox(box, opts.Inbox))
}

type inboxHandler struct {
	endpoint *Endpoint
	box      inbox.Box
	opts     InboxOptions
}

func (h *inboxHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := h.endpoint
	d, err := e.verified(r.Context(), "Inbox")
	if err != nil {
		e.misplaced(w, r, d, err)
		return
	}
	out := Outcome{Delivery: d, ID: d.ID}
	wanted := true
	if h.opts.Want != nil {
		e.guard(w, r, func() { wanted = h.opts.Want(d) })
	}
	if !wanted {
		out.Result = Unwanted
		e.Report(r, out)
		wire.Answer(w, http.StatusOK, wire.Received)
		return
	}
	id, ok := e.identify(w, r, d, h.opts.ID, "InboxOptions.ID")
	if !ok {
		return
	}
	out.ID = id
	if !e.drain.enter() {
		out.Result = ShuttingDown
		e.Report(r, out)
		wire.Later(w, retryAfterShutdown)
		return
	}
	defer e.drain.leave()
	h.store(w, r, out)
}

// store puts the delivery into the box and answers.
func (h *inboxHandler) store(w http.ResponseWriter, r *http.Request, out Outcome) {
	e, d := h.endpoint, out.Delivery
	entry := inbox.Entry{
		Key:         idempotency.NewKey(idempotency.Identity{Endpoint: e.name, Provider: d.Provider, Tenant: d.Tenant, ID: out.ID}),
		Delivery:    d,
		Fingerprint: fingerprint(d.Body),
	}
	if !h.opts.NoReplayGuard && d.ContentDigest != [32]byte{} {
		entry.Digest = replayDigest(e.name, d)
		entry.Window = replayWindow(h.opts.ReplayWindow, d.Tolerance)
	}
	receipt, err := h.put(r.Context(), entry)
	if err != nil {
		out.Result, out.Err = Unavailable, err
		e.Report(r, out)
		wire.Later(w, retryAfterOutage)
		return
	}
	status, say := http.StatusOK, wire.Received
	out.Result = Stored
	if receipt.Duplicate {
		out.Result, say = Duplicate, wire.Duplicate
		out.Replay = receipt.Key != entry.Key
		compared := receipt.Fingerprint != [32]byte{} // one that was fetched has another body
		out.Altered = !out.Replay && compared && receipt.Fingerprint != entry.Fingerprint
		if out.Altered && h.opts.Strict {
			out.Result, status, say = Conflict, http.StatusConflict, "Known delivery id with another body"
		}
	}
	e.Report(r, out)
	wire.Answer(w, status, say)
}

// put calls the box within its time, whether the sender still waits or not. A
// panic of the box counts as an error.
func (h *inboxHandler) put(ctx context.Context, entry inbox.Entry) (receipt inbox.Receipt, err error) {
	defer recovered(&err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.opts.PutTimeout)
	defer cancel()
	return h.box.Put(ctx, entry)
}
