package handshake_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// The request is that of https://api.slack.com/events/url_verification.
func TestSlack(t *testing.T) {
	const body = `{
    "token": "Jhj5dZrVaK7ZwHHjRyZWjbDl",
    "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
    "type": "url_verification"
}`
	scheme, err := provider.Slack("8f742231b10e8888abcd99yyyzzz85a5")
	if err != nil {
		t.Fatal(err)
	}
	r := after(t, scheme, handshake.Slack)
	send := func(name, body string, want want, header ...string) {
		t.Helper()
		r.check(t, name, signed(t, scheme, post(body, header...), body), want)
	}
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	handled := want{200, received, middleware.Completed, nil}
	const form = "application/x-www-form-urlencoded"
	send("documented", body, want{200, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", handshake.Answered, nil})
	send("no challenge", `{"type":"url_verification"}`, malformed)
	send("markup", `{"type":"url_verification","challenge":"<img src=x>"}`, malformed)
	send("too long", `{"type":"url_verification","challenge":"`+strings.Repeat("a", 513)+`"}`, malformed)
	send("a number", `{"type":"url_verification","challenge":7}`, malformed)
	send("an event", `{"type":"event_callback","event_id":"Ev1","event":{"type":"url_verification"},"challenge":"a"}`, handled)
	send("an event without an id", `{"type":"event_callback","event":{"type":"url_verification"},"challenge":"a"}`, handled)
	send("an event of that type", `{"type":"url_verification","event_id":"Ev2","challenge":"a"}`, handled)
	send("huge", `{"type":"url_verification","challenge":"a","x":"`+strings.Repeat("a", 20000)+`"}`, handled)
	send("signed ssl_check", "ssl_check=1&token=x", want{200, "", handshake.Answered, nil}, "Content-Type", form)
	send("a command", "command=%2Fdeploy&ssl_check=1", handled, "Content-Type", form)
	r.check(t, "unsigned", post(body), want{401, missing, middleware.Unsigned, verify.ErrMissing})
	forged := signed(t, scheme, post(body), body+" ")
	r.check(t, "forged", forged, want{403, invalid, middleware.Refused, verify.ErrMismatch})
	if strings.Contains(r.log.String(), "3eZbrw") {
		t.Error("the log has the challenge")
	}
}

// The request is that of https://developers.zoom.us/docs/api/webhooks/; the
// encryptedToken was computed with Python's hmac.
func TestZoom(t *testing.T) {
	const body = `{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,"event":"endpoint.url_validation"}`
	spec := verify.Spec{
		Name:    "zoom",
		Headers: verify.Headers{Signature: "X-Zm-Signature", Timestamp: "X-Zm-Request-Timestamp"},
		Signed:  "v0:{timestamp}:{body}", Prefix: "v0=",
	}
	typed := spec
	typed.TypeMembers = []string{"event"}
	const answer = `{"plainToken":"qgg8vlvZRS6UYooatFL8Aw","encryptedToken":"33c87763eeee7760422d82e566d46fe8b5eaca6c3da5abf7923e6e8765c76a26"}`
	for _, s := range []verify.Spec{spec, typed} {
		scheme := newScheme(t, s, "new secret", "zoom secret")
		r := after(t, scheme, func(e *middleware.Endpoint) func(http.Handler) http.Handler {
			return handshake.Zoom(e, "new secret", "zoom secret")
		})
		old := newScheme(t, s, "zoom secret")
		r.check(t, "documented, older secret", signed(t, old, post(body), body), want{200, answer, handshake.Answered, nil})
		malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
		for name, payload := range map[string]string{
			"what Zoom signs": `{"plainToken":"v0:1654503849680:{}"}`,
			"no token":        `{}`,
			"empty":           `{"plainToken":""}`,
			"markup":          `{"plainToken":"<b>"}`,
			"too long":        `{"plainToken":"` + strings.Repeat("a", 513) + `"}`,
			"no object":       `"plainToken"`,
		} {
			b := `{"event":"endpoint.url_validation","payload":` + payload + `}`
			r.check(t, name, signed(t, old, post(b), b), malformed)
		}
		event := `{"event":"meeting.started","payload":{"plainToken":"a"}}`
		r.check(t, "an event", signed(t, old, post(event), event), want{200, received, middleware.Completed, nil})
		r.check(t, "unsigned", post(body), want{401, missing, middleware.Unsigned, verify.ErrMissing})
		r.check(t, "forged", signed(t, newScheme(t, s, "another"), post(body), body), want{403, invalid, middleware.Refused, verify.ErrMismatch})
	}
}

// discordScheme signs as https://docs.discord.com/developers/interactions/overview
// describes it.
func discordScheme(t *testing.T) *verify.Scheme {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newScheme(t, verify.Spec{
		Name:     "discord",
		Headers:  verify.Headers{Signature: "X-Signature-Ed25519", Timestamp: "X-Signature-Timestamp"},
		Signed:   "{timestamp}{body}",
		ParseKey: func(string) (verify.Key, error) { return verify.Key{Public: public, Private: private}, nil },
	}, hex.EncodeToString(public))
}

func TestDiscord(t *testing.T) {
	scheme := discordScheme(t)
	places := func(layer func(*middleware.Endpoint) func(http.Handler) http.Handler) *rig {
		return newRig(t, scheme, func(e *middleware.Endpoint) *middleware.ReceiverOptions {
			return &middleware.ReceiverOptions{BeforeAccept: layers{handshake.Unauthorized}, AfterVerify: layers{layer(e)}}
		})
	}
	interactions, events := places(handshake.DiscordInteractions), places(handshake.DiscordEvents)
	handled := want{200, received, middleware.Completed, nil}
	const (
		ping      = `{"id":"1","application_id":"2","type":1,"token":"x","version":1}`
		command   = `{"id":"3","type":2,"data":{"name":"blep"}}`
		eventPing = `{"version":1,"application_id":"1234560123453231555","type":0}`
		event     = `{"version":1,"application_id":"1234560123453231555","type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}`
	)
	for _, tt := range []struct {
		name string
		rig  *rig
		body string
		want want
	}{
		{"interactions: PING", interactions, ping, want{200, `{"type":1}`, handshake.Answered, nil}},
		{"interactions: command", interactions, command, handled},
		{"interactions: an event of the same number", interactions, event, handled},
		{"interactions: text", interactions, `{"type":"1"}`, handled},
		{"events: PING", events, eventPing, want{204, "", handshake.Answered, nil}},
		{"events: event", events, event, handled},
	} {
		h := tt.rig.check(t, tt.name, signed(t, scheme, post(tt.body), tt.body), tt.want)
		if tt.want.status == 204 && h.Get("Content-Type") != "application/json" {
			t.Errorf("%s: Content-Type %q", tt.name, h.Get("Content-Type"))
		}
	}
	for _, r := range []*rig{interactions, events} {
		r.check(t, "forged", signed(t, scheme, post(ping), ping+" "), want{401, invalid, middleware.Refused, verify.ErrMismatch})
		r.check(t, "unsigned", post(ping), want{401, missing, middleware.Unsigned, verify.ErrMissing})
	}
}

// The body is that of
// https://developer.xero.com/documentation/webhooks/configuring-your-server.
func TestXero(t *testing.T) {
	const body = `{
   "events": [ ],
   "lastEventSequence": 0,
   "firstEventSequence": 0,
   "entropy": "S0m3r4Nd0mt3xt"
}`
	spec := verify.Spec{Name: "xero", Headers: verify.Headers{Signature: "X-Xero-Signature"}, Encoding: verify.Base64}
	scheme := newScheme(t, spec, "signing key")
	r := newRig(t, scheme, func(e *middleware.Endpoint) *middleware.ReceiverOptions {
		return &middleware.ReceiverOptions{BeforeAccept: layers{handshake.XeroAnswers}, AfterVerify: layers{handshake.Xero(e)}}
	})
	const event = `{"events":[{"resourceId":"x"}],"firstEventSequence":1}`
	other := newScheme(t, spec, "another key")
	for _, tt := range []struct {
		name string
		req  *http.Request
		want want
	}{
		{"intent, signed", signed(t, scheme, post(body), body), want{200, "", handshake.Answered, nil}},
		{"intent, wrongly signed", signed(t, other, post(body), body), want{401, "", middleware.Refused, verify.ErrMismatch}},
		{"intent, unsigned", post(body), want{401, "", middleware.Unsigned, verify.ErrMissing}},
		{"intent, not base64", post(body, "X-Xero-Signature", "?"), want{401, "", middleware.Refused, verify.ErrMalformed}},
		{"event", signed(t, scheme, post(event), event), want{200, "", middleware.Completed, nil}},
		{"event again", signed(t, scheme, post(event), event), want{200, "", middleware.Duplicate, nil}},
		{"event, wrongly signed", signed(t, other, post(event), event), want{401, "", middleware.Refused, verify.ErrMismatch}},
		{"GET", get(""), want{405, "", middleware.MethodNotAllowed, nil}},
	} {
		h := r.check(t, tt.name, tt.req, tt.want)
		if h.Get("Content-Type") != "" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: header of a body, or a cookie: %v", tt.name, h)
		}
	}
	if len(r.handled) != 1 || r.handled[0] != event {
		t.Errorf("handled: %q", r.handled)
	}
}

// TestMisplaced: a handshake for verified requests answers none that is not.
func TestMisplaced(t *testing.T) {
	for name, layer := range map[string]func(*middleware.Endpoint) func(http.Handler) http.Handler{
		"Slack": handshake.Slack, "DiscordInteractions": handshake.DiscordInteractions,
		"DiscordEvents": handshake.DiscordEvents, "Xero": handshake.Xero,
		"Zoom": func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.Zoom(e, "s") },
		"SNS": func(e *middleware.Endpoint) func(http.Handler) http.Handler {
			return handshake.SNS(e, []string{topic}, nil)
		},
		"EventGrid": func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.EventGrid(e, nil) },
	} {
		r := before(t, trusting("any"), layer)
		body := `{"type":1,"events":[]}`
		r.outcomes = nil
		w := httptest.NewRecorder()
		r.h.ServeHTTP(w, post(body, "X-Genuine", "yes"))
		if w.Code != 500 || len(r.outcomes) != 1 || r.outcomes[0].Result != middleware.Misplaced {
			t.Errorf("%s before Accept: %d, %v; want 500, misplaced", name, w.Code, r.outcomes)
		}
		other := middleware.NewEndpoint("other", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
		r = after(t, trusting("any"), func(*middleware.Endpoint) func(http.Handler) http.Handler { return layer(other) })
		w = httptest.NewRecorder()
		r.h.ServeHTTP(w, post(body, "X-Genuine", "yes"))
		if w.Code != 500 || w.Body.String() != oops {
			t.Errorf("%s of another endpoint: %d %q; want 500", name, w.Code, w.Body)
		}
		// Capture is there, but Verify has not been asked.
		w = httptest.NewRecorder()
		req := post(body)
		d := &hooklatch.Delivery{Endpoint: "other", Body: []byte(body)}
		layer(other)(http.NotFoundHandler()).ServeHTTP(w, req.WithContext(hooklatch.NewContext(req.Context(), d)))
		if w.Code != 500 {
			t.Errorf("%s before Verify: %d; want 500", name, w.Code)
		}
	}
}
