package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/hooklatch/hooklatch"
)

// A Mux calls the handlers for a delivery's event type. It is an [http.Handler],
// to be put behind the Once layer, and a [Handler], for deliveries from
// elsewhere. The zero value is ready to use.
//
// Register all handlers and set all fields before the Mux is used: that is not
// safe while it serves. Serving is safe for concurrent use. A Mux must not be
// copied.
type Mux struct {
	// Logger gets what no layer around the Mux logs: one line for each
	// delivery that fails, that is dead-lettered or of an unknown type, where
	// no [hooklatch.Reporter] is in the context, with the stack of a panic;
	// and a warning, once, that there is none. It never gets a body. Nil
	// means [slog.Default].
	Logger *slog.Logger

	// Fallback takes the deliveries of types that no pattern matches. If it
	// is nil they are acknowledged, with a warning in the log: a sender
	// that adds an event type should not be made to retry it.
	Fallback Handler

	// RetryUnknown answers deliveries of types that no pattern matches with
	// 503, if Fallback is nil, so that the sender tries again. Set it where
	// versions of the program run side by side during a deploy: an old
	// replica would otherwise acknowledge, for good, the events of a type
	// that only the new ones know. A type that no version knows is then
	// retried until the sender gives up, and senders may switch off an
	// endpoint that fails for long: subscribe to no more types than you
	// handle, or set RetryUnknown for the time of a deploy only.
	RetryUnknown bool

	// DeadLetter takes the deliveries that failed for good: those whose
	// handlers returned nothing but [Permanent] errors. If it returns nil, the
	// delivery counts as handled; if it returns an error of any kind, or
	// panics, as failed with an ordinary error. It is not called once ctx is
	// done. If it is nil, permanent errors are ordinary ones.
	//
	// Behind the Once layer the hook runs after the handlers' transaction, if
	// there is one, has been rolled back: nothing that they wrote in it stays,
	// and the hook writes outside of it.
	DeadLetter func(ctx context.Context, d *hooklatch.Delivery, err error) error

	// Decode decodes an event's data for the handlers of [JSON]. v is a
	// pointer to the handler's type. Nil means [encoding/json.Unmarshal].
	Decode func(data []byte, v any) error

	// TypeMember is the member of the body that names the event type, unless
	// verification has found it elsewhere. Empty means "type". A Mux behind
	// another one, whose TypeMember differs, reads its own.
	TypeMember string

	// DataMember is the member of the body that handlers of [JSON] decode.
	// Empty means "data". It must differ from TypeMember in more than case.
	DataMember string

	// WholeBody makes handlers of [JSON] decode all of the body, whatever
	// DataMember is: for providers without an envelope, such as GitHub and
	// Shopify, which name the type in a header.
	WholeBody bool

	// FormPayload is the field of a form (application/x-www-form-urlencoded)
	// that holds the JSON which the Mux reads in place of the body: "payload"
	// for GitHub's forms and for Slack's interactions.
	//
	// FormType is the field that names the event type of a form without that
	// payload, whose data is the form itself: "command" for Slack's slash
	// commands. Handlers of [JSON] decode such a form as an object of strings.
	//
	// If both are empty, the Mux refuses forms with an [*UnsupportedError]. A
	// form in which a field comes twice is ambiguous: an [*EnvelopeError]. A
	// body that begins with a brace is JSON, whatever its Content-Type. The
	// delivery's Body is always as it came.
	FormPayload string
	FormType    string

	// GzipLimit is the size, in bytes, up to which the Mux decompresses a
	// body with the Content-Encoding gzip. A larger one is an
	// [*EnvelopeError]. The delivery's Body stays compressed. Zero means that
	// the Mux refuses compressed bodies with an [*UnsupportedError].
	GzipLimit int64

	exact   map[string]*route // by type
	prefix  map[string]*route // by the pattern without its asterisk
	lengths []int             // of the prefixes, each once, longest first

	alone atomic.Bool // the log says that no Once layer is around
}

// Handle registers handlers for the types that match the pattern. They run in
// order. Each runs even if one before it failed or panicked, unless ctx is
// done, and their errors are joined: all of them run again on the sender's
// retry.
//
// A pattern is an event type, or a prefix followed by an asterisk: "link.*"
// matches every type that begins with "link.". An exact match comes before a
// prefix, a longer prefix before a shorter one, and only the handlers of the
// one best pattern run.
//
// Handle panics if the pattern is malformed or already registered, or a handler
// is missing or nil.
func (m *Mux) Handle(pattern string, handlers ...Handler) {
	rt := &route{pattern: pattern}
	for _, h := range handlers {
		if f, ok := h.(HandlerFunc); h == nil || ok && f == nil {
			panic(fmt.Sprintf("dispatch: pattern %q: nil handler", pattern))
		}
		s := newStep(h)
		rt.steps = append(rt.steps, s)
		rt.wantsData = rt.wantsData || s.data != nil
	}
	if len(rt.steps) == 0 {
		panic(fmt.Sprintf("dispatch: pattern %q: no handler", pattern))
	}
	m.register(rt)
}

// HandleHTTP registers an HTTP handler for the types that match the pattern,
// as [Mux.Handle] does. It gets the request as it is, finds the delivery with
// [hooklatch.FromContext], and answers by itself: a 2xx, or nothing at all,
// acknowledges the delivery. Its panics are not caught.
//
// Under [Mux.HandleDelivery], where there is no request, it gets one made of the
// delivery: a POST to "/" with its header and body.
func (m *Mux) HandleHTTP(pattern string, h http.Handler) {
	if f, ok := h.(http.HandlerFunc); h == nil || ok && f == nil {
		panic(fmt.Sprintf("dispatch: pattern %q: nil handler", pattern))
	}
	m.register(&route{pattern: pattern, http: h})
}

var (
	errNoCapture = errors.New("no delivery in the request's context: the Capture layer must come before dispatch.Mux")
	errNoVerify  = errors.New("the delivery is not verified: the Verify layer must come before dispatch.Mux")
)

// ServeHTTP handles the delivery in the request's context and answers as the
// package documentation says. If there is none, or it is not verified, a layer
// is missing: the answer is 500, and the log says which. It reports what became
// of the delivery to the [hooklatch.Reporter] in the context. Where there is
// none, no Once layer is in front, and each retry runs the handlers again: the
// log says so, once.
//
// It sets the delivery's Type if that is empty. A layer that reads the delivery
// once its next handler has returned must not have an [http.TimeoutHandler] behind
// it, which returns while the Mux still runs.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	d, ok := hooklatch.FromContext(ctx)
	switch {
	case !ok:
		m.answer(ctx, w, nil, errNoCapture)
		return
	case d.Provider == "":
		m.answer(ctx, w, nil, errNoVerify)
		return
	}
	if hooklatch.ReporterFrom(ctx) == nil && !m.alone.Swap(true) {
		m.log(ctx, slog.LevelWarn, "webhook handled without a Once layer before dispatch.Mux: each retry takes effect again", d)
	}
	own := m.delivery(d)
	rt, data, err := m.open(own)
	if err == nil && rt != nil && rt.http != nil {
		if own != d {
			r = r.WithContext(hooklatch.NewContext(ctx, own))
		}
		rt.http.ServeHTTP(w, r)
		return
	}
	if err == nil {
		err = m.handle(ctx, own, rt, data)
	}
	m.answer(ctx, w, own, err)
}

// HandleDelivery is [Mux.ServeHTTP] without HTTP: for deliveries that come from
// a queue or are replayed. It leaves d as it is, so that others may read it
// meanwhile: if d.Type is empty, the handlers get a copy that has the type.
//
// A nil error means that the delivery has been handled, is dead-lettered, or is
// of an unknown type; a [hooklatch.Reporter] in ctx learns which, and gets the
// dead-letter hook to call. [IsPermanent] and [RetryDelay] tell about other
// errors, among them one that wraps [http.ErrAbortHandler] if a handler panicked
// with that. An HTTP handler's answer other than 2xx is an error, even after a 2xx.
//
// It does not ask whether the delivery is verified: the caller must know.
func (m *Mux) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) (err error) {
	own := m.delivery(d)
	if own == d && d.Type == "" {
		c := *d
		own = &c
	}
	if have, _ := hooklatch.FromContext(ctx); own != d && have == d {
		ctx = hooklatch.NewContext(ctx, own)
	}
	defer catchAbort(&err)
	err = errNoReturn
	rt, data, err := m.open(own)
	if err != nil {
		return err
	}
	return m.handle(ctx, own, rt, data)
}

var errAborted = fmt.Errorf("dispatch: the handler aborted its response: %w", http.ErrAbortHandler)

// catchAbort, deferred, makes an error of a panic with [http.ErrAbortHandler].
// Without a request there is no connection to abort, and the caller need not be
// an HTTP server that knows the panic.
func catchAbort(err *error) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		*err = errAborted
	default:
		panic(v)
	}
}

// delivery returns d, or a copy without the Type if a Mux around this one has
// read that from another member.
func (m *Mux) delivery(d *hooklatch.Delivery) *hooklatch.Delivery {
	if d.Type == "" || d.TypeMember == "" || d.TypeMember == m.typeMember() {
		return d
	}
	own := *d
	own.Type, own.TypeMember = "", ""
	return &own
}
