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

	// Tenant is whose secret matched, where one endpoint receives for
	// several customers; empty otherwise. Ids of different tenants never
	// meet.
	Tenant string

	// ID is the provider's delivery id, the same on every retry of one
	// delivery. It is empty if the provider sent none.
	ID string

	// Type is the event type, such as "link.created". It is empty after
	// verification if the provider names it in the body and the scheme does
	// not look there; dispatch.Mux finds it then.
	Type string

	// Time is the signed time; zero if the scheme signs none.
	Time time.Time

	// Tolerance is how far from the present Time may be, in the past or in
	// the future; zero if the scheme signs no time. A captured request is
	// of no use to anybody after twice that.
	Tolerance time.Duration

	// KeyID tells which secret matched: its position in the scheme's list,
	// from "1". A rotation has finished when the old one's is seen no more.
	KeyID string

	// ContentDigest identifies the signed content where the scheme signs a timestamp
	// but not the delivery id: a one-way digest of the verified signature,
	// from which the signature can't be got back. A captured request that is
	// sent again under a new id has the same ContentDigest. It is zero for schemes
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

// LogValue is String as a group for package slog, with the key as well. What a
// sender may have chosen freely is cut off at 255 bytes.
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

// A Verifier decides whether a request is genuine. It needs no HTTP request,
// only its headers and the exact bytes of its body, and so works as well in a
// queue consumer or a serverless function.
//
// Verify returns what the request says of itself, or an error that wraps an
// [*Error] if the request is to be refused. Any other error means that no
// decision could be made (a secrets manager did not answer, say): the request
// may be genuine and should be tried again.
//
// h must have canonical keys, as net/http's have. Verify keeps neither h nor
// body, and changes neither. It is safe for concurrent use.
type Verifier interface {
	Verify(ctx context.Context, h http.Header, body []byte) (Envelope, error)
}

// A HeaderChecker is a [Verifier] that can refuse some requests by their
// headers alone, before the body is read: those without a signature or with a
// stale timestamp, say. A nil error promises nothing: Verify still decides.
type HeaderChecker interface {
	CheckHeader(h http.Header) error
}
