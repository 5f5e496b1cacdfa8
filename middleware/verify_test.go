package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestVerifierThatCannotDecide: the request may be genuine, so it must come
// again.
func TestVerifierThatCannotDecide(t *testing.T) {
	for name, v := range map[string]verify.Verifier{
		"error":       verifierFunc(func() (verify.Envelope, error) { return verify.Envelope{}, errors.New("vault is sealed") }),
		"no provider": verifierFunc(func() (verify.Envelope, error) { return verify.Envelope{ID: "1"}, nil }),
	} {
		ep := newEndpoint()
		h := middleware.Chain(ep.Capture(0, nil), ep.Verify(v))(
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: the handler ran", name) }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
		if name == "error" && (w.Code != 503 || w.Header().Get("Retry-After") == "") {
			t.Errorf("status %d, Retry-After %q; want 503 with one", w.Code, w.Header().Get("Retry-After"))
		}
		if name == "no provider" && w.Code != 500 {
			t.Errorf("status %d, want 500", w.Code)
		}
	}
}

type verifierFunc func() (verify.Envelope, error)

func (f verifierFunc) Verify(context.Context, http.Header, []byte) (verify.Envelope, error) {
	return f()
}

func TestVerifyFor(t *testing.T) {
	schemes := make(map[string]*verify.Scheme)
	for _, name := range []string{"ann", "bob"} {
		s, err := provider.Linktree("the secret of " + name)
		if err != nil {
			t.Fatal(err)
		}
		schemes[name] = s
	}
	lookup := func(_ context.Context, tenant string) (verify.Verifier, error) {
		if tenant == "down" {
			return nil, errors.New("no answer")
		}
		switch tenant {
		case "eve":
			return nil, verify.ErrNoSecret
		case "zoe":
			return nil, nil
		case "mallet":
			var scheme *verify.Scheme // as a constructor returns beside an error
			return scheme, nil
		}
		return schemes[tenant], nil // nil for a tenant that is not there
	}
	ep := newEndpoint()
	var handled []string
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		handled = append(handled, d.Tenant)
	})
	chain := func(tenant func(*http.Request) string) http.Handler {
		return middleware.Chain(
			ep.Accept(nil), ep.Capture(0, nil), ep.VerifyFor(tenant, lookup), ep.Once(lru.New(nil), nil),
		)(handler)
	}
	mux := http.NewServeMux()
	mux.Handle("/path/{tenant}", chain(middleware.PathValue("tenant")))
	mux.Handle("/header", chain(middleware.Header("x-tenant")))

	ev := created() // the same id for both tenants
	for _, tt := range []struct {
		target, header, secret string
		status                 int
	}{
		{"/path/ann", "", "ann", 200},
		{"/path/bob", "", "bob", 200},
		{"/path/bob", "", "ann", 403},
		{"/path/eve", "", "ann", 403},
		{"/path/zoe", "", "ann", 403},
		{"/path/mallet", "", "ann", 403},
		{"/path/mallory", "", "ann", 403},
		{"/path/down", "", "ann", 503},
		{"/header", "ann", "ann", 200},
		{"/header", "", "ann", 403},
	} {
		r := hooktest.NewRequest(t, tt.target, schemes[tt.secret], ev)
		if tt.header != "" {
			r.Header.Set("X-Tenant", tt.header)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s signed by %s: status %d %q, want %d", tt.target, tt.secret, w.Code, w.Body, tt.status)
		}
	}
	if got := strings.Join(handled, " "); got != "ann bob ann" {
		t.Errorf("handled for %q, want ann bob ann: ids of tenants must not meet", got)
	}
	mustPanic(t, "no tenant", func() { ep.VerifyFor(nil, lookup) })
	mustPanic(t, "no lookup", func() { ep.VerifyFor(middleware.PathValue("x"), nil) })
	mustPanic(t, "no verifier", func() { ep.Verify(nil) })
}

// A tenantVerifier names the tenant itself.
type tenantVerifier struct {
	scheme *verify.Scheme
	tenant string
}

func (v tenantVerifier) Verify(ctx context.Context, h http.Header, body []byte) (verify.Envelope, error) {
	env, err := v.scheme.Verify(ctx, h, body)
	env.Tenant = v.tenant
	return env, err
}

// TestTenantOfTheVerifier: the name that a verifier gives its tenant counts, however
// the request spells it. One captured request is one delivery.
func TestTenantOfTheVerifier(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	lookup := func(context.Context, string) (verify.Verifier, error) { return tenantVerifier{rig.scheme, "acme"}, nil }
	var tenants []string
	h := middleware.Chain(
		rig.ep.Accept(nil), rig.ep.Capture(0, nil), rig.ep.VerifyFor(middleware.Header("X-Tenant"), lookup), rig.ep.Once(rig.store, nil),
	)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		tenants = append(tenants, d.Tenant)
	}))
	ev, want := created(), received
	for _, name := range []string{"acme", "ACME", "Acme"} {
		r := rig.request("/", ev)
		r.Header.Set("X-Tenant", name)
		serveDirectly(h, r).want(t, 200, want)
		want = duplicate
	}
	if len(tenants) != 1 || tenants[0] != "acme" {
		t.Errorf("handled for %q, want acme once", tenants)
	}
}

// A strictScheme adds a check of its own to a scheme.
type strictScheme struct{ *verify.Scheme }

var errStrict = &verify.Error{Scheme: "strict", Err: verify.ErrMismatch}

func (s strictScheme) Verify(ctx context.Context, h http.Header, body []byte) (verify.Envelope, error) {
	if env, err := s.Scheme.Verify(ctx, h, body); err != nil {
		return env, err
	}
	return verify.Envelope{}, errStrict
}

// TestEmbeddedScheme: a check that a program adds to a scheme by embedding it is
// not passed over.
func TestEmbeddedScheme(t *testing.T) {
	scheme := newScheme(t)
	h := newEndpoint().Receiver(strictScheme{scheme}, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler ran")
	}), nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created()))
	if w.Code != 403 {
		t.Errorf("status %d, want 403", w.Code)
	}
}
