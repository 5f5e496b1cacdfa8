package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/verify"
)

const maxEndpointName = 64

// An Endpoint is one place where webhooks arrive. Its methods make the layers
// that go in front of a handler, and [Endpoint.Receiver] puts them together.
//
// The name is the endpoint's identity. It stands in the key of every claim, in
// [hooklatch.Delivery], in the log and in each [Outcome]. Endpoints with
// different names never take each other's deliveries for duplicates, whatever
// else they share: a process, a store, a server, a provider, a secret, a body.
// The replicas of one endpoint have the same name, and so share its claims.
// Nothing unsigned from the request is part of that identity: a path can be
// spelled in many ways that reach the same handler, and each spelling would be
// a new event to an attacker who has captured one.
//
// An Endpoint is safe for concurrent use, and must not be copied.
type Endpoint struct {
	name       string
	opts       EndpointOptions
	drain      drain
	waiting    waitlist
	completing completions
	explaining sync.Mutex // held while a refusal is explained
}

// EndpointOptions are the optional settings of an [Endpoint]. Nil and the zero
// value are ready to use.
type EndpointOptions struct {
	// Logger gets one line for each request that a layer ends: endpoint,
	// provider, delivery id, type, outcome and duration, and never a body, a
	// secret or a signature. A type that only the body names is missing from
	// the lines of duplicates: dispatch.Mux reads it, and they never get
	// there. Nil means [slog.Default].
	Logger *slog.Logger

	// LogClient adds the client's address (the request's RemoteAddr) to
	// those lines. Addresses are personal data in many places, so they are
	// left out by default.
	LogClient bool

	// Observe, if set, is called with the outcome of each request that a
	// layer ends, just before the answer leaves: the place to count. It must
	// not block, and is called concurrently. An Outcome's Delivery keeps the
	// whole request in memory: copy the parts you need.
	Observe func(context.Context, Outcome)

	// Explain, if set, adds to the log line and the Outcome of a refused
	// request what [verify.Scheme.Explain] finds wrong with it: neither
	// secret, body nor signature. One refusal is explained at a time, the
	// others are logged without: an explanation costs up to a tenth of a
	// second, and anyone can send a request that is refused. Set it while
	// you look for a mistake. Nil means no explanations.
	Explain *verify.ExplainOptions

	// Unverified bounds the memory that bodies hold until their signature
	// has been checked. Nil means a [Budget] of [DefaultUnverified] bytes
	// that all endpoints of the process share.
	Unverified *Budget
}

// NewEndpoint returns an endpoint: name is 1 to 64 printable ASCII characters
// without spaces, such as "billing" or "stripe-eu". A nil o means the defaults.
//
// Choose the name once. Under another name the endpoint has forgotten which
// deliveries are done, and the retries of those take effect again.
//
// NewEndpoint panics if the name can't be used.
func NewEndpoint(name string, o *EndpointOptions) *Endpoint {
	if err := checkName(name); err != nil {
		panic(fmt.Sprintf("middleware: NewEndpoint(%.80q): %v", name, err))
	}
	e := &Endpoint{name: name}
	if o != nil {
		e.opts = *o
	}
	if e.opts.Unverified == nil {
		e.opts.Unverified = &processBudget
	}
	return e
}

func checkName(name string) error {
	if name == "" || len(name) > maxEndpointName {
		return fmt.Errorf("an endpoint's name has 1 to %d characters", maxEndpointName)
	}
	for i := range len(name) {
		if name[i] <= ' ' || name[i] > '~' {
			return errors.New("an endpoint's name has printable ASCII characters only, and no spaces")
		}
	}
	return nil
}

// Name returns the endpoint's name.
func (e *Endpoint) Name() string { return e.name }

func (e *Endpoint) logger() *slog.Logger {
	if e.opts.Logger != nil {
		return e.opts.Logger
	}
	return slog.Default()
}

// checkNext panics, when the chain is built, if a layer has nothing behind it.
func checkNext(layer string, next http.Handler) {
	if f, ok := next.(http.HandlerFunc); next == nil || ok && f == nil {
		panic("middleware: " + layer + ": nil handler")
	}
}

// guard calls f, which is the program's own. If f panics, the request is answered,
// whether its body was read or not: where a layer outside recovers and stays silent,
// net/http would send a 200.
func (e *Endpoint) guard(w http.ResponseWriter, r *http.Request, f func()) {
	returned := false
	defer func() {
		if !returned {
			e.Report(r, Outcome{Result: Panicked, Err: errNoReturn})
			wire.AnswerUnread(w, r, http.StatusInternalServerError, wire.Oops)
		}
	}()
	f()
	returned = true
}

// A misplacement says which layer stands in the wrong place, and why. The
// program is at fault, not the sender: the answer is 500.
type misplacement struct{ layer, why string }

func (m *misplacement) Error() string { return "the " + m.layer + " layer is misplaced: " + m.why }

// delivery returns the delivery in a request's context, for a layer that needs
// Capture before it.
func (e *Endpoint) delivery(ctx context.Context, layer string) (*hooklatch.Delivery, error) {
	d, ok := hooklatch.FromContext(ctx)
	switch {
	case !ok:
		return nil, &misplacement{layer, "no delivery in the request's context: the Capture layer must come before it"}
	case d.Endpoint == "":
		// A program may capture by itself; see hooklatch.NewContext.
		d.Endpoint = e.name
	case d.Endpoint != e.name:
		return d, &misplacement{layer, fmt.Sprintf("it is of endpoint %q, but the Capture layer before it is of endpoint %q", e.name, d.Endpoint)}
	}
	return d, nil
}

// verified is delivery for a layer that needs Verify before it, too.
func (e *Endpoint) verified(ctx context.Context, layer string) (*hooklatch.Delivery, error) {
	d, err := e.delivery(ctx, layer)
	if err == nil && d.Provider == "" {
		err = &misplacement{layer, "the delivery is not verified: the Verify layer must come before it"}
	}
	return d, err
}

// misplaced answers a request that the program, not its sender, got wrong.
func (e *Endpoint) misplaced(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery, err error) {
	e.Report(r, Outcome{Result: Misplaced, Delivery: d, Err: err})
	wire.Answer(w, http.StatusInternalServerError, wire.Oops)
}

const maxIDLength = 255

// checkID says what is wrong with an id that does not have 1 to 255
// characters, all printable ASCII.
func checkID(id string) error {
	switch {
	case id == "":
		return errors.New("no delivery id")
	case len(id) > maxIDLength:
		return fmt.Errorf("a delivery id of %d bytes: at most %d can be used", len(id), maxIDLength)
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return errors.New("a delivery id with characters that are not printable ASCII")
		}
	}
	return nil
}

// identify returns the delivery's id: what find returns, or the envelope's if
// find is nil. If that can't be used, it answers and returns false; option is
// the setting to name.
func (e *Endpoint) identify(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery, find func(*hooklatch.Delivery) string, option string) (string, bool) {
	id := d.ID
	if find != nil {
		e.guard(w, r, func() { id = find(d) })
	}
	err := checkID(id)
	if err == nil {
		return id, true
	}
	if id == "" {
		e.guard(w, r, func() { err = whyNoID(r, d, err, find != nil, option) })
	}
	e.Report(r, Outcome{Result: BadID, Delivery: d, Err: err})
	wire.Answer(w, http.StatusBadRequest, "Bad delivery id")
	return "", false
}

// whyNoID adds to err why there is no id, or what to do about it.
func whyNoID(r *http.Request, d *hooklatch.Delivery, err error, found bool, option string) error {
	if found {
		return fmt.Errorf("%w: %s returned none", err, option)
	}
	if f, ok := r.Context().Value(flowKey{}).(*flow); ok {
		if v, ok := f.verifier.(interface {
			ExplainID(http.Header, []byte) error
		}); ok {
			if why := v.ExplainID(d.Header, d.Body); why != nil {
				return fmt.Errorf("%w: %w", err, why)
			}
		}
	}
	return fmt.Errorf("%w: where the provider sends none, set %s", err, option)
}
