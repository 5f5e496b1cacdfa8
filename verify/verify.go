package verify

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// An Envelope is what a verified request says of itself.
type Envelope struct {
	// Provider is who signed: the scheme's name, such as "linktree".
	Provider string

	// Tenant is the customer whose secret matched, if one endpoint receives
	// for several; empty otherwise. Equal ids of different tenants are
	// different deliveries.
	Tenant string

	// ID is the provider's delivery id, the same on every retry of one
	// delivery. It is empty if the provider sent none.
	ID string

	// Type is the event type, such as "link.created". It is empty if the
	// provider names it in the body and the scheme does not look there;
	// dispatch.Mux finds it then.
	Type string

	// Time is the signed time; zero if the scheme signs none.
	Time time.Time

	// Tolerance is how far from the present Time may be, in the past or in
	// the future; zero if the scheme signs no time. A captured request
	// verifies for at most twice that.
	Tolerance time.Duration

	// KeyID tells which secret matched: its position in the scheme's list,
	// from "1". A rotation is over once the old secret's KeyID is no longer
	// seen.
	KeyID string

	// ContentDigest identifies the signed content, if the scheme signs a
	// timestamp but not the delivery id: a captured request that is sent
	// again under a new id has the same ContentDigest. It is a one-way
	// digest; the signature can't be derived from it. It is zero for schemes
	// that don't need it.
	ContentDigest [32]byte
}

// String names the delivery for logs: provider, tenant, type and id, as far
// as they are known.
func (e Envelope) String() string {
	parts := make([]string, 0, 4)
	for _, s := range [...]string{e.Provider, e.Tenant, e.Type, e.ID} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// LogValue returns the parts of String and the KeyID as a group for package
// slog. It cuts each off at 255 bytes, since senders may choose some of them
// freely.
func (e Envelope) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, 5)
	for _, a := range [...]struct{ key, value string }{
		{"provider", e.Provider}, {"tenant", e.Tenant}, {"id", e.ID}, {"type", e.Type}, {"key", e.KeyID},
	} {
		if len(a.value) > 255 {
			a.value = a.value[:255] + "…"
		}
		if a.value != "" {
			attrs = append(attrs, slog.String(a.key, a.value))
		}
	}
	return slog.GroupValue(attrs...)
}

// A Verifier decides whether a request is genuine. It needs only the request's
// headers and the exact bytes of its body, not an HTTP server: it works in a
// queue consumer or a serverless function as well. One that needs the method and
// the URL, too, is a [RequestVerifier].
//
// Verify returns what the request says of itself. If the request is to be
// refused, the error wraps an [*Error]. Any other error means that no decision
// could be made, say because a secrets manager did not answer: the request may
// be genuine, and the sender should try again.
//
// The keys of h must be canonical, as net/http's are. Verify changes neither h
// nor body, and keeps neither. It is safe for concurrent use.
type Verifier interface {
	Verify(ctx context.Context, h http.Header, body []byte) (Envelope, error)
}

// A HeaderChecker is a [Verifier] that can refuse some requests by their
// headers alone, before the body is read: those without a signature or with a
// stale timestamp, say. A nil error promises nothing: Verify still decides.
type HeaderChecker interface {
	CheckHeader(h http.Header) error
}

// An Explainer is a [Verifier] that can tell developers why it refused a
// request; see [Scheme.Explain] for the rules. A nil body means that the body
// was never read.
type Explainer interface {
	Explain(h http.Header, body []byte, o *ExplainOptions) Explanation
}
