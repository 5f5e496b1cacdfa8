package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/verify"
)

// Verify returns the layer that lets through only what v finds genuine, and
// puts what the signed request says of itself into its delivery. It needs
// Capture before it.
//
// A request without a signature is answered with 401 "Missing signature", any
// other that v refuses with 403 "Invalid signature"; why is in the log and never
// on the wire. If v can't decide (its error wraps no [*verify.Error]), the
// sender is asked to try again: 503 with Retry-After.
//
// A v that is a [verify.RequestVerifier] sees the method and the URL as the sender
// spelled it, whatever a router in front has made of its path. What host the
// sender called, it takes from its configuration alone.
//
// Verify panics if v is nil.
func (e *Endpoint) Verify(v verify.Verifier) func(http.Handler) http.Handler {
	if isNil(v) {
		panic("middleware: Verify: nil verifier")
	}
	return e.verifyLayer("Verify", func(*http.Request) (string, verify.Verifier, error) { return "", v, nil })
}

// VerifyFor is [Endpoint.Verify] for an endpoint that receives for several
// tenants, each with secrets of its own. tenant finds the tenant's name in the
// request, as [PathValue] and [Header] do, and lookup finds the tenant's
// verifier. Ids of different tenants never meet in a store.
//
// The tenant is a part of each delivery's identity, and the name in the request
// is not signed. lookup must therefore take each tenant's name in one spelling
// only: one that ignores case, say, would make a captured request a new delivery
// for each spelling. Where it can't, let its verifiers set [verify.Envelope]'s
// Tenant, which then counts.
//
// The sender chooses the names that lookup gets, and lookup is called for every
// request: it should answer from memory (a Scheme can be kept and shared). For
// a tenant that it doesn't know it returns an error that wraps
// [verify.ErrNoSecret], which is answered with 403 like a wrong signature. Any
// other error asks the sender to try again: 503 with Retry-After.
//
// VerifyFor panics if tenant or lookup is nil.
func (e *Endpoint) VerifyFor(
	tenant func(*http.Request) string,
	lookup func(ctx context.Context, tenant string) (verify.Verifier, error),
) func(http.Handler) http.Handler {
	if tenant == nil || lookup == nil {
		panic("middleware: VerifyFor: nil function")
	}
	return e.verifyLayer("VerifyFor", func(r *http.Request) (string, verify.Verifier, error) {
		name := tenant(r)
		if name == "" {
			return "", nil, &verify.Error{Scheme: "tenant", Err: verify.ErrNoSecret}
		}
		v, err := lookup(r.Context(), name)
		var refused *verify.Error
		switch {
		case err == nil && isNil(v):
			err = &verify.Error{Scheme: "tenant", Err: verify.ErrNoSecret}
		case errors.Is(err, verify.ErrNoSecret) && !errors.As(err, &refused):
			err = &verify.Error{Scheme: "tenant", Err: err}
		}
		return name, v, err
	})
}

// verifyRequest lets v see the method and the URL, too, if it can.
func verifyRequest(r *http.Request, d *hooklatch.Delivery, v verify.Verifier) (verify.Envelope, error) {
	whole, ok := v.(verify.RequestVerifier)
	if !ok || !whole.NeedsRequest() {
		return v.Verify(r.Context(), d.Header, d.Body)
	}
	request := verify.NewRequest(r)
	request.Header = d.Header
	return whole.VerifyRequest(r.Context(), request, d.Body)
}

// PathValue finds the tenant in a wildcard of the request's pattern, as in
// "/webhooks/{tenant}": PathValue("tenant"). See [http.Request.PathValue].
func PathValue(name string) func(*http.Request) string {
	return func(r *http.Request) string { return r.PathValue(name) }
}

// Header finds the tenant in a header of the request. A header that comes more
// than once names no tenant.
func Header(name string) func(*http.Request) string {
	name = http.CanonicalHeaderKey(name)
	return func(r *http.Request) string {
		if v := r.Header[name]; len(v) == 1 {
			return v[0]
		}
		return ""
	}
}

// pick returns the tenant of a request, if there are tenants, and the verifier.
type pick func(*http.Request) (tenant string, v verify.Verifier, err error)

func (e *Endpoint) verifyLayer(name string, pick pick) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		checkNext(name, next)
		return &verifier{endpoint: e, layer: name, pick: pick, next: next}
	}
}

type verifier struct {
	endpoint *Endpoint
	layer    string
	pick     pick
	next     http.Handler
}

func (l *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := l.endpoint
	d, err := e.delivery(r.Context(), l.layer)
	if err != nil {
		e.misplaced(w, r, d, err)
		return
	}
	var (
		tenant string
		v      verify.Verifier
		env    verify.Envelope
	)
	e.guard(w, r, func() {
		if tenant, v, err = l.pick(r); err == nil {
			env, err = verifyRequest(r, d, v)
		}
	})
	if err == nil && env.Provider == "" {
		err = &misplacement{l.layer, "its verifier accepted the request but named no provider"}
		e.misplaced(w, r, d, err)
		return
	}
	f, captured := r.Context().Value(flowKey{}).(*flow)
	if captured {
		f.decided()
	}
	if err != nil {
		if len(d.Body) == 0 && r.ContentLength != 0 {
			err = fmt.Errorf("%w; the body was empty: has a layer before Capture read it?", err)
		}
		d.Tenant = tenant // for the log: the request goes no further
		e.refuse(w, r, d, v, err)
		return
	}
	if captured {
		f.verifier = v
	}
	if env.Tenant == "" {
		env.Tenant = tenant
	}
	d.Envelope = env
	l.next.ServeHTTP(w, r)
}
