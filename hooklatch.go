package hooklatch

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/internal/keys"
	"github.com/hooklatch/hooklatch/verify"
)

// A Delivery is one webhook request: the exact bytes that came, and what the
// layers have learnt about them.
//
// The layers share one Delivery per request and fill it on the way in; a
// handler finds it complete. It belongs to that request: a handler may read it
// from several goroutines and may keep it, but must not change it. To keep it is
// to keep the request; where many wait for long, keep the Envelope, and a clone of
// the Body: small bodies share memory.
type Delivery struct {
	// Envelope is what the signed request says of itself. It is zero until
	// the signature has been verified; its Type may be filled in later, by
	// the router, for providers that name the type in the body.
	verify.Envelope

	// Endpoint is the name of the endpoint that received the delivery. It
	// is set before the signature is checked, and never taken from the
	// request.
	Endpoint string

	// TypeMember is the member of the body that dispatch.Mux has read Type
	// from; empty if verification found the Type.
	TypeMember string

	// Header is the request's header as received.
	Header http.Header

	// Body is the exact bytes that were received, and that the signature
	// was computed over. Do not modify them.
	Body []byte

	// Received is when the request reached the first layer, by the
	// receiver's clock.
	Received time.Time

	// Attempt counts, from 1, how often an inbox has run the handler for the
	// delivery. It is zero where the sender waits for the handler: which of
	// its attempts this is, the sender knows.
	Attempt int

	// Replay says that an operator had an inbox handle the delivery again.
	Replay bool
}

// String names the delivery for logs: endpoint, provider, tenant, type and id,
// as far as they are known. It holds nothing of the body, the headers or the
// signature.
func (d *Delivery) String() string {
	return strings.Trim(d.Endpoint+" "+d.Envelope.String(), " ")
}

// LogValue is String as a group for package slog, with the key's id as well.
func (d *Delivery) LogValue() slog.Value {
	attrs := d.Envelope.LogValue().Group()
	if d.Endpoint != "" {
		attrs = slices.Insert(attrs, 0, slog.String("endpoint", d.Endpoint))
	}
	return slog.GroupValue(attrs...)
}

// NewContext returns a copy of ctx that carries d, as the requests behind the
// Capture layer do: for deliveries that come from elsewhere, such as a queue.
func NewContext(ctx context.Context, d *Delivery) context.Context {
	return context.WithValue(ctx, keys.Delivery{}, d)
}

// FromContext returns the delivery that ctx carries, as put there by the
// Capture layer or by [NewContext], and whether there is one.
func FromContext(ctx context.Context) (*Delivery, bool) {
	d, ok := ctx.Value(keys.Delivery{}).(*Delivery)
	return d, ok && d != nil
}
