package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/hooklatch/hooklatch"
)

// A Mux calls the handlers for a delivery's event type. It is an [http.Handler],
// to be put behind the Once layer, and a [Handler], for deliveries from
// elsewhere. The zero value is ready to use.
//
// Register all handlers and set all fields before the Mux is used: that is not
// safe while it serves. Serving is safe for concurrent use.
type Mux struct {
	// Logger gets a line for each delivery that fails, with provider,
	// delivery id, type and error, and for each panic, with its stack. It
	// never gets a body. Nil is [slog.Default].
	Logger *slog.Logger

	// Fallback takes the deliveries of types that no pattern matches. If it
	// is nil they are acknowledged, with a warning in the log: a sender
	// that adds an event type should not be made to retry it.
	Fallback Handler

	// DeadLetter takes the deliveries that failed for good: those whose
	// handlers returned nothing but [Permanent] errors. If it returns nil, the
	// delivery counts as handled; if it returns an error, whichever, or
	// panics, as failed with an ordinary error. It is not called once ctx is
	// done. If it is nil, permanent errors are ordinary ones.
	DeadLetter func(ctx context.Context, d *hooklatch.Delivery, err error) error

	// Decode decodes an event's data for the handlers of [JSON]. v is a
	// pointer to the handler's type. Nil is [encoding/json.Unmarshal].
	Decode func(data []byte, v any) error

	// TypeMember is the member of the body that names the event type, unless
	// verification has found it elsewhere. Empty is "type".
	TypeMember string

	// DataMember is the member of the body that handlers of [JSON] decode.
	// Empty is "data". It must differ from TypeMember in more than case.
	DataMember string

	// WholeBody makes handlers of [JSON] decode all of the body, whatever
	// DataMember is: for providers without an envelope, such as GitHub and
	// Shopify, which name the type in a header.
	WholeBody bool

	exact   map[string]*route // by type
	prefix  map[string]*route // by the pattern without its asterisk
	lengths []int             // of the prefixes, each once, longest first
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
// is missing: the answer is 500, and the log says which.
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
	rt, data, err := m.open(d)
	if err == nil && rt != nil && rt.http != nil {
		rt.http.ServeHTTP(w, r)
		return
	}
	if err == nil {
		err = m.handle(ctx, d, rt, data)
	}
	m.answer(ctx, w, d, err)
}

// HandleDelivery is [Mux.ServeHTTP] without HTTP: for deliveries that come from
// a queue or are replayed. It sets d.Type if that is empty.
//
// A nil error means that the delivery has been handled, dead-lettered, or is of
// an unknown type. [IsPermanent] and [RetryDelay] tell about other errors. An
// HTTP handler's answer other than 2xx is an error.
//
// It does not ask whether the delivery is verified: that is up to whoever made
// it.
func (m *Mux) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error {
	rt, data, err := m.open(d)
	if err != nil {
		return err
	}
	return m.handle(ctx, d, rt, data)
}
