package handshake_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// TestPanicAtConstruction: what is missing is told when the program starts.
func TestPanicAtConstruction(t *testing.T) {
	e := middleware.NewEndpoint("test", nil)
	yes := func(*http.Request, string) error { return nil }
	var noFunc http.HandlerFunc
	for name, f := range map[string]func(){
		"Meta without a token":           func() { handshake.Meta(e) },
		"Meta with an empty token":       func() { handshake.Meta(e, "s3cret", "") },
		"Meta without an endpoint":       func() { handshake.Meta(nil, "s3cret") },
		"Meta of no handler":             func() { handshake.Meta(e, "s3cret")(nil) },
		"Meta of a nil function":         func() { handshake.Meta(e, "s3cret")(noFunc) },
		"X without a secret":             func() { handshake.X(e, "") },
		"X without an endpoint":          func() { handshake.X(nil, "s3cret") },
		"Dropbox without an endpoint":    func() { handshake.Dropbox(nil) },
		"Okta with an empty secret":      func() { handshake.Okta(e, &handshake.OktaOptions{Secrets: []string{""}}) },
		"Okta without an endpoint":       func() { handshake.Okta(nil, nil) },
		"CloudEvents without an origin":  func() { handshake.CloudEvents(e, nil, nil) },
		"CloudEvents from everywhere":    func() { handshake.CloudEvents(e, []string{"*"}, nil) },
		"CloudEvents of an empty origin": func() { handshake.CloudEvents(e, []string{""}, nil) },
		"CloudEvents of a URL":           func() { handshake.CloudEvents(e, []string{"https://a.example"}, nil) },
		"CloudEvents at a negative rate": func() { handshake.CloudEvents(e, []string{"a"}, &handshake.CloudEventsOptions{Rate: -1}) },
		"CloudEvents for no endpoint":    func() { handshake.CloudEvents(nil, []string{"a"}, nil) },
		"Asana without a function":       func() { handshake.Asana(e, nil) },
		"Asana without an endpoint":      func() { handshake.Asana(nil, yes) },
		"Notion without a function":      func() { handshake.Notion(e, nil) },
		"Notion without an endpoint":     func() { handshake.Notion(nil, yes) },
		"Monday without an endpoint":     func() { handshake.Monday(nil) },
		"Slack without an endpoint":      func() { handshake.Slack(nil) },
		"Slack of no handler":            func() { handshake.Slack(e)(nil) },
		"SlackSSLCheck for no endpoint":  func() { handshake.SlackSSLCheck(nil) },
		"Zoom without a secret":          func() { handshake.Zoom(e) },
		"Zoom with an empty secret":      func() { handshake.Zoom(e, "s3cret", "") },
		"Zoom without an endpoint":       func() { handshake.Zoom(nil, "s3cret") },
		"Discord without an endpoint":    func() { handshake.DiscordInteractions(nil) },
		"events without an endpoint":     func() { handshake.DiscordEvents(nil) },
		"SNS without a topic":            func() { handshake.SNS(e, nil, nil) },
		"SNS of a topic's name":          func() { handshake.SNS(e, []string{"MyTopic"}, nil) },
		"SNS of a queue":                 func() { handshake.SNS(e, []string{"arn:aws:sqs:us-west-2:123456789012:Q"}, nil) },
		"SNS of a region with a host":    func() { handshake.SNS(e, []string{"arn:aws:sns:evil.example/:1:T"}, nil) },
		"SNS without an endpoint":        func() { handshake.SNS(nil, []string{topic}, nil) },
		"EventGrid without an endpoint":  func() { handshake.EventGrid(nil, nil) },
		"Xero without an endpoint":       func() { handshake.Xero(nil) },
		"Unauthorized of no handler":     func() { handshake.Unauthorized(nil) },
		"XeroAnswers of no handler":      func() { handshake.XeroAnswers(nil) },
	} {
		mustPanic(t, name, f)
	}
}

// TestPanickingFunction: where a layer outside recovers and stays silent, a panic
// in the program's function must not look like consent.
func TestPanickingFunction(t *testing.T) {
	boom := func(*http.Request, string) error { panic("boom") }
	for name, tt := range map[string]struct {
		layer func(*middleware.Endpoint) func(http.Handler) http.Handler
		req   *http.Request
	}{
		"Asana":  {func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.Asana(e, boom) }, post("", "X-Hook-Secret", "a")},
		"Notion": {func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.Notion(e, boom) }, post(`{"verification_token":"a"}`)},
	} {
		r := before(t, hmacScheme(t), tt.layer)
		w := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }() // the layer outside
			r.h.ServeHTTP(w, tt.req)
		}()
		if w.Code != 500 || w.Header().Get("X-Hook-Secret") != "" {
			t.Errorf("%s: status %d, header %v; want 500", name, w.Code, w.Header())
		}
	}
}

// TestHandlersStatusStays: only the refusals of Accept and Verify change, if a
// layer of the package stands behind Verify.
func TestHandlersStatusStays(t *testing.T) {
	scheme := hmacScheme(t)
	e := middleware.NewEndpoint("test", nil)
	forbids := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })
	chain := func(layer func(http.Handler) http.Handler, behind ...func(http.Handler) http.Handler) http.Handler {
		return middleware.Chain(layer, e.Accept(scheme), e.Capture(0, nil), e.Verify(scheme), middleware.Chain(behind...))(forbids)
	}
	for name, tt := range map[string]struct {
		h    http.Handler
		want int
		body string
	}{
		"with a handshake":    {chain(handshake.Unauthorized, handshake.Xero(e)), 403, "no\n"},
		"without a handshake": {chain(handshake.Unauthorized), 401, "no\n"},
		"Xero":                {chain(handshake.XeroAnswers, handshake.Xero(e)), 403, ""},
	} {
		w := httptest.NewRecorder()
		tt.h.ServeHTTP(w, signed(t, scheme, post(`{"events":[1]}`), `{"events":[1]}`))
		if w.Code != tt.want || w.Body.String() != tt.body {
			t.Errorf("%s: %d %q, want %d %q", name, w.Code, w.Body, tt.want, tt.body)
		}
	}
}

// TestXeroAnswersOverHTTP: a real server adds nothing to the empty answers, and an
// answer that must be cut off is no success.
func TestXeroAnswersOverHTTP(t *testing.T) {
	spec := verify.Spec{Name: "xero", Headers: verify.Headers{Signature: "X-Xero-Signature"}, Encoding: verify.Base64, IDMembers: []string{"id"}}
	scheme := newScheme(t, spec, "signing key")
	r := newRig(t, scheme, func(e *middleware.Endpoint) *middleware.ReceiverOptions {
		return &middleware.ReceiverOptions{BeforeAccept: layers{handshake.XeroAnswers}, AfterVerify: layers{handshake.Xero(e)}}
	})
	writes := func(w http.ResponseWriter, req *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		switch {
		case strings.Contains(string(body), "flush"):
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		case strings.Contains(string(body), "long"):
			_, _ = w.Write(make([]byte, 100<<10)) // the test looks at what arrives
			panic(http.ErrAbortHandler)
		case strings.Contains(string(body), "silent"):
		default:
			_, _ = w.Write([]byte("text")) // the test looks at what arrives
		}
	}
	inner := middleware.Chain(handshake.XeroAnswers)(http.HandlerFunc(writes))
	whole := r.ep.Receiver(scheme, newStore(), http.HandlerFunc(writes), &middleware.ReceiverOptions{
		BeforeAccept: layers{handshake.XeroAnswers}, AfterVerify: layers{handshake.Xero(r.ep)},
	})
	for name, h := range map[string]http.Handler{"alone": inner, "in a receiver": whole} {
		server := httptest.NewServer(h)
		for _, what := range []string{"text", "flush", "silent", "long"} {
			body := `{"id":"` + what + `","events":[1]}`
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			signed(t, scheme, req, body)
			res, err := server.Client().Do(req)
			if what == "long" {
				if err == nil {
					t.Errorf("%s, %s: an answer that was cut off looks like %d", name, what, res.StatusCode)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s, %s: %v", name, what, err)
			}
			got, err := io.ReadAll(res.Body)
			_ = res.Body.Close() // read to its end
			if err != nil || res.StatusCode != 200 || len(got) > 0 || res.Header.Get("Set-Cookie") != "" || res.Header.Get("Content-Type") != "" {
				t.Errorf("%s, %s: %d %q %v %v; want 200, and nothing else", name, what, res.StatusCode, got, res.Header, err)
			}
		}
		server.Close()
	}
}
