package handshake_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

var token68 = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// FuzzUnverified checks that whatever comes before Accept, a handshake answers with
// nothing but tokens, at most once, and passes on all else as it came.
func FuzzUnverified(f *testing.F) {
	for _, s := range []struct{ method, query, value, body string }{
		{"GET", "hub.mode=subscribe&hub.challenge=1&hub.verify_token=t", "", ""},
		{"GET", "crc_token=a&challenge=b", "c", ""},
		{"GET", "challenge=%3Cscript%3E", "<script>", ""},
		{"OPTIONS", "", "a.example", ""},
		{"POST", "", "b537207f", `{"verification_token":"secret_x"}`},
		{"POST", "", "", `{"challenge":"a"}`},
		{"POST", "", "form", "ssl_check=1&token=x"},
		{"HEAD", "challenge=b", "c", ""},
	} {
		f.Add(s.method, s.query, s.value, s.body)
	}
	e := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	take := func(*http.Request, string) error { return nil }
	every := map[string]func(http.Handler) http.Handler{
		"Meta": handshake.Meta(e, "t"), "X": handshake.X(e, "s"), "Dropbox": handshake.Dropbox(e), "Okta": handshake.Okta(e, nil),
		"CloudEvents": handshake.CloudEvents(e, []string{"a.example"}, nil), "Asana": handshake.Asana(e, take),
		"Notion": handshake.Notion(e, take), "Monday": handshake.Monday(e), "SlackSSLCheck": handshake.SlackSSLCheck(e),
	}
	f.Fuzz(func(t *testing.T, method, query, value, body string) {
		for name, layer := range every {
			passed := false
			h := layer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				passed = true
				if got, err := io.ReadAll(r.Body); err != nil || string(got) != body {
					t.Errorf("%s: the body became %q (%v)", name, got, err)
				}
			}))
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			r.Method, r.URL.RawQuery = method, query
			for _, header := range []string{"X-Okta-Verification-Challenge", "Webhook-Request-Origin", "X-Hook-Secret"} {
				if value != "" {
					r.Header.Set(header, value)
				}
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if passed {
				if w.Body.Len() > 0 || len(w.Header()) > 0 {
					t.Errorf("%s: answered what it passed on: %v %q", name, w.Header(), w.Body)
				}
				continue
			}
			checkReflected(t, name, w)
		}
	})
}

// checkReflected checks that an answer holds nothing that means more than text.
func checkReflected(t *testing.T, name string, w *httptest.ResponseRecorder) {
	t.Helper()
	body := w.Body.String()
	if got := w.Header().Get("X-Hook-Secret"); got != "" && !token68.MatchString(got) {
		t.Errorf("%s: header %q", name, got)
	}
	if w.Code != 200 {
		if body != badRequest && body != forbidden && body != notAllowed {
			t.Errorf("%s: %d %q", name, w.Code, body)
		}
		return
	}
	if len(body) > 1100 || body != "" && w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: an answer of %d bytes, header %v", name, len(body), w.Header())
	}
	values := []string{body}
	if strings.HasPrefix(body, "{") {
		var object map[string]string
		if err := json.Unmarshal([]byte(body), &object); err != nil {
			t.Fatalf("%s: %q: %v", name, body, err)
		}
		values = nil
		for _, v := range object {
			v, _ = strings.CutPrefix(v, "sha256=")
			values = append(values, v)
		}
	}
	for _, v := range values {
		if v != "" && !token68.MatchString(v) {
			t.Errorf("%s: sent back %q", name, v)
		}
	}
}

// FuzzVerified is FuzzUnverified for the handshakes of verified requests.
func FuzzVerified(f *testing.F) {
	for _, body := range []string{
		`{"type":"url_verification","challenge":"a"}`, `{"event":"endpoint.url_validation","payload":{"plainToken":"a"}}`,
		`{"type":1}`, `{"type":0}`, `{"events":[]}`, `{"events":[ ]}`, gridBody(`{"validationCode":"a","validationUrl":"` + gridURL + `"}`),
		snsBody("SubscriptionConfirmation", topic, subscribeURL), "ssl_check=1", `{"type":"url_verification","challenge":"<b>"}`,
	} {
		f.Add(body)
	}
	e := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	every := map[string]func(http.Handler) http.Handler{
		"Slack": handshake.Slack(e), "Zoom": handshake.Zoom(e, "s"), "Discord": handshake.DiscordEvents(e),
		"SNS": handshake.SNS(e, []string{topic}, nil), "EventGrid": handshake.EventGrid(e, nil),
		"EventGrid by hand": handshake.EventGrid(e, &handshake.EventGridOptions{Manual: true}), "Xero": handshake.Xero(e),
	}
	f.Fuzz(func(t *testing.T, body string) {
		d := &hooklatch.Delivery{
			Envelope: verify.Envelope{Provider: "any"}, Endpoint: "test", Body: []byte(body),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Aeg-Event-Type": {"SubscriptionValidation"}},
		}
		for name, layer := range every {
			passed := false
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			w := httptest.NewRecorder()
			layer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).
				ServeHTTP(w, r.WithContext(hooklatch.NewContext(r.Context(), d)))
			if !passed && w.Code != http.StatusNoContent {
				checkReflected(t, name, w)
			}
			if string(d.Body) != body {
				t.Fatalf("%s changed the body", name)
			}
		}
	})
}
