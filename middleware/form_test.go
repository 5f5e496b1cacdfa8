package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestFormDelivery: GitHub's form mode through all layers. The signature is over
// the form's bytes as they came, the data is the JSON in it, and it takes effect
// once; another spelling of the same form is not what was signed.
func TestFormDelivery(t *testing.T) {
	scheme, err := provider.GitHub("It's a Secret to Everybody")
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	mux := &dispatch.Mux{WholeBody: true, FormPayload: "payload"}
	mux.Handle("push", dispatch.JSON(func(_ context.Context, e dispatch.Event[struct{ Ref string }]) error {
		refs = append(refs, e.Data.Ref)
		return nil
	}))
	told := newEndpoint().Receiver(scheme, lru.New(nil), mux, nil)
	untold := &dispatch.Mux{WholeBody: true}
	untold.Handle("push", dispatch.JSON(func(context.Context, dispatch.Event[struct{ Ref string }]) error {
		t.Error("a Mux that reads no forms has read one")
		return nil
	}))
	rig := newRigFor(t, untold.ServeHTTP, middleware.OnceOptions{}, middleware.EndpointOptions{})

	body := "payload=" + url.QueryEscape(`{"ref":"refs/heads/main"}`)
	send := func(h http.Handler, body, signed string) answer {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		if err := scheme.Sign(r.Header, verify.Envelope{ID: "72d3162e-cc78-11e3-81ab-4c9367dc0958", Type: "push"}, []byte(signed)); err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return serveDirectly(h, r)
	}
	send(told, strings.ToLower(body), body).want(t, 403, "Invalid signature")
	send(told, body, body).want(t, 200, received)
	send(told, body, body).want(t, 200, duplicate)
	if len(refs) != 1 || refs[0] != "refs/heads/main" {
		t.Errorf("handled %q", refs)
	}

	send(rig.ep.Receiver(scheme, rig.store, untold, nil), body, body).want(t, 415, "Unsupported media type")
	if log := rig.log.String(); !strings.Contains(log, "set Mux.FormPayload or Mux.FormType") || strings.Contains(log, "refs") {
		t.Errorf("the log does not say what to set, or shows the body:\n%s", log)
	}
}
