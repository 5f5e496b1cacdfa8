package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/verify"
)

// Verify lets through only what v finds genuine, and puts what the signed
// request says of itself into its delivery. It needs [Capture] before it.
//
// A request without a signature is answered with 401 "Missing signature", any
// other that v refuses with 403 "Invalid signature"; why is in the log and
// never on the wire. If v can't decide (its error wraps no [*verify.Error]),
// the sender is asked to try again: 503 with Retry-After.
//
// It panics if v is nil.
func Verify(v verify.Verifier, o *Options) func(http.Handler) http.Handler {
	if v == nil {
		panic("middleware: Verify: nil verifier")
	}
	return verifyLayer(o, func(r *http.Request) (string, verify.Verifier, error) { return "", v, nil })
}

// VerifyFor is [Verify] for an endpoint that receives for several tenants,
// each with secrets of its own. tenant finds the tenant's name in the request,
// as [PathValue] and [Header] do, and lookup the tenant's verifier. Ids of
// different tenants never meet in a store.
//
// lookup is called for every request, with names chosen by whoever sends it:
// it should answer from memory (a Scheme can be kept and shared), and for a
// tenant it doesn't know return an error that wraps [verify.ErrNoSecret],
// which is answered with 403 like a wrong signature. Any other error asks the
// sender to try again: 503 with Retry-After.
//
// It panics if tenant or lookup is nil.
func VerifyFor(
	tenant func(*http.Request) string,
	lookup func(ctx context.Context, tenant string) (verify.Verifier, error),
	o *Options,
) func(http.Handler) http.Handler {
	if tenant == nil || lookup == nil {
		panic("middleware: VerifyFor: nil function")
	}
	return verifyLayer(o, func(r *http.Request) (string, verify.Verifier, error) {
		name := tenant(r)
		if name == "" {
			return "", nil, &verify.Error{Scheme: "tenant", Err: verify.ErrNoSecret}
		}
		v, err := lookup(r.Context(), name)
		var refused *verify.Error
		switch {
		case err == nil && v == nil:
			err = &verify.Error{Scheme: "tenant", Err: verify.ErrNoSecret}
		case errors.Is(err, verify.ErrNoSecret) && !errors.As(err, &refused):
			err = &verify.Error{Scheme: "tenant", Err: err}
		}
		return name, v, err
	})
}

// PathValue finds the tenant in a wildcard of the request's pattern, as in
// "/webhooks/{tenant}": PathValue("tenant"). See [http.Request.PathValue].
func PathValue(name string) func(*http.Request) string {
	return func(r *http.Request) string { return r.PathValue(name) }
}

// Header finds the tenant in a header of the request. A header that comes more
// than once names nobody.
func Header(name string) func(*http.Request) string {
	name = http.CanonicalHeaderKey(name)
	return func(r *http.Request) string {
		if v := r.Header[name]; len(v) == 1 {
			return v[0]
		}
		return ""
	}
}

var errNoProvider = errors.New("the verifier accepted the request but named no provider")

func verifyLayer(o *Options, pick func(*http.Request) (string, verify.Verifier, error)) func(http.Handler) http.Handler {
	opts := o.orDefault()
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d, ok := hooklatch.FromContext(r.Context())
			if !ok {
				opts.misplaced(w, r, nil, errNoCapture)
				return
			}
			tenant, v, err := pick(r)
			var env verify.Envelope
			if err == nil {
				env, err = v.Verify(r.Context(), d.Header, d.Body)
			}
			switch {
			case err != nil:
				if len(d.Body) == 0 && r.ContentLength != 0 {
					err = fmt.Errorf("%w; the body was empty: has a layer before Capture read it?", err)
				}
				opts.refuse(w, r, d, err)
				return
			case env.Provider == "":
				opts.misplaced(w, r, d, errNoProvider)
				return
			}
			if tenant != "" {
				env.Tenant = tenant
			}
			d.Envelope = env
			next.ServeHTTP(w, r)
		})
	}
}

var (
	errNoCapture = errors.New("no delivery in the request's context: the Capture layer must come before this one")
	errNoVerify  = errors.New("the delivery is not verified: the Verify layer must come before this one")
)

// misplaced answers a request that the program, not its sender, got wrong.
func (o *Options) misplaced(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery, err error) {
	o.end(r, Outcome{Result: Misplaced, Delivery: d, Duration: since(d), Err: err})
	wire.Answer(w, http.StatusInternalServerError, wire.Oops)
}
