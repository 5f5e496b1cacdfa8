package middleware_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// A panickingVerifier panics in one of its methods.
type panickingVerifier struct {
	scheme *verify.Scheme
	in     string
}

func (v panickingVerifier) panicIn(method string) {
	if v.in == method {
		panic("the verifier's own")
	}
}

func (v panickingVerifier) CheckHeader(h http.Header) error {
	v.panicIn("CheckHeader")
	return v.scheme.CheckHeader(h)
}

func (v panickingVerifier) Verify(ctx context.Context, h http.Header, body []byte) (verify.Envelope, error) {
	v.panicIn("Verify")
	env, err := v.scheme.Verify(ctx, h, body)
	if v.in == "ExplainID" {
		env.ID = ""
	}
	return env, err
}

func (v panickingVerifier) Explain(http.Header, []byte, *verify.ExplainOptions) verify.Explanation {
	v.panicIn("Explain")
	return verify.Explanation{}
}

func (v panickingVerifier) ExplainID(http.Header, []byte) error {
	v.panicIn("ExplainID")
	return nil
}

// TestProgramPanics: a panic in a function of the program's own leads to no success,
// even if a layer outside recovers and stays silent, and its outcome is reported.
func TestProgramPanics(t *testing.T) {
	rig := newRigFor(t, nil, middleware.OnceOptions{}, middleware.EndpointOptions{Explain: &verify.ExplainOptions{}})
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	panicsOnID := func(*hooklatch.Delivery) string { panic("no id") }
	layers := func(between ...func(http.Handler) http.Handler) http.Handler {
		return middleware.Chain(rig.ep.Capture(0, nil), middleware.Chain(between...), rig.ep.Once(rig.store, nil))(handler)
	}
	receiver := func(in string) http.Handler {
		return rig.ep.Receiver(panickingVerifier{rig.scheme, in}, rig.store, handler, nil)
	}
	inbox := func(o middleware.InboxOptions, in string) http.Handler {
		return rig.ep.InboxReceiver(panickingVerifier{rig.scheme, in}, new(fakeBox), &middleware.ReceiverOptions{Inbox: &o})
	}
	lookup := func(context.Context, string) (verify.Verifier, error) { panic("no verifier") }
	for _, tt := range []struct {
		name   string
		h      http.Handler
		forged bool
		status int
		result middleware.Result
	}{
		{"CheckHeader", receiver("CheckHeader"), false, 500, middleware.Panicked},
		{"Verify", receiver("Verify"), false, 500, middleware.Panicked},
		{"Explain", receiver("Explain"), true, 403, middleware.Refused},
		{"ExplainID", receiver("ExplainID"), false, 500, middleware.Panicked},
		{"OnceOptions.ID", rig.ep.Receiver(rig.scheme, rig.store, handler, &middleware.ReceiverOptions{Once: &middleware.OnceOptions{ID: panicsOnID}}), false, 500, middleware.Panicked},
		{"tenant", layers(rig.ep.VerifyFor(func(*http.Request) string { panic("no tenant") }, lookup)), false, 500, middleware.Panicked},
		{"lookup", layers(rig.ep.VerifyFor(func(*http.Request) string { return "ann" }, lookup)), false, 500, middleware.Panicked},
		{"InboxOptions.Want", inbox(middleware.InboxOptions{Want: func(*hooklatch.Delivery) bool { panic("no") }}, ""), false, 500, middleware.Panicked},
		{"InboxOptions.ID", inbox(middleware.InboxOptions{ID: panicsOnID}, ""), false, 500, middleware.Panicked},
		{"ExplainID, for an inbox", inbox(middleware.InboxOptions{}, "ExplainID"), false, 500, middleware.Panicked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rig.outcomes = nil
			r := hooktest.NewRequest(t, "/", rig.scheme, created())
			if tt.forged {
				r.Header.Set("X-Linktree-Signature", strings.Repeat("ab", 32))
			}
			if a := serveDirectly(silent(tt.h), r); a.status != tt.status || a.body == "" {
				t.Errorf("answer %d %q, want %d", a.status, a.body, tt.status)
			}
			rig.wantResults(tt.result)
		})
	}
}
