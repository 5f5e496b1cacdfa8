package handshake_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// The request is that of
// https://developers.facebook.com/docs/graph-api/webhooks/getting-started/.
func TestMeta(t *testing.T) {
	r := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.Meta(e, "meatyhamhock", "old s3cret")
	})
	const (
		ok        = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock"
		noToken   = "hub.mode=subscribe&hub.challenge=1158201444"
		noAnswer  = "hub.mode=subscribe&hub.verify_token=meatyhamhock"
		withToken = noAnswer + "&hub.challenge="
	)
	answered := want{200, "1158201444", handshake.Answered, nil}
	passedOn := want{405, notAllowed, middleware.MethodNotAllowed, nil}
	wrong := want{403, forbidden, handshake.Denied, handshake.ErrToken}
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	repeated := want{400, badRequest, handshake.Denied, handshake.ErrRepeated}
	for name, tt := range map[string]struct {
		query string
		want  want
	}{
		"documented":               {ok, answered},
		"older token":              {noToken + "&hub.verify_token=old+s3cret", answered},
		"wrong token":              {noToken + "&hub.verify_token=meatyhamhocks", wrong},
		"token's beginning":        {noToken + "&hub.verify_token=meatyhamhoc", wrong},
		"empty token":              {noToken + "&hub.verify_token=", wrong},
		"no token":                 {noToken, wrong},
		"token twice":              {ok + "&hub.verify_token=x", repeated},
		"token twice, wrong first": {"hub.verify_token=x&" + ok, repeated},
		"challenge twice":          {ok + "&hub.challenge=2", repeated},
		"mode twice":               {ok + "&hub.mode=subscribe", repeated},
		"no mode":                  {"hub.challenge=1158201444&hub.verify_token=meatyhamhock", malformed},
		"other mode":               {strings.Replace(ok, "=subscribe", "=unsubscribe", 1), malformed},
		"no challenge":             {noAnswer, want{400, badRequest, handshake.Denied, handshake.ErrMissing}},
		"empty challenge":          {withToken, want{400, badRequest, handshake.Denied, handshake.ErrMissing}},
		"markup":                   {withToken + "%3Cscript%3Ealert(1)%3C/script%3E", malformed},
		"brace":                    {withToken + "%7B%22a%22:1%7D", malformed},
		"line break":               {withToken + "1%0d%0aSet-Cookie:x", malformed},
		"not ASCII":                {withToken + "%C3%A9", malformed},
		"longest challenge":        {withToken + strings.Repeat("1", 512), want{200, strings.Repeat("1", 512), handshake.Answered, nil}},
		"longer challenge":         {withToken + strings.Repeat("1", 513), malformed},
		"huge query":               {withToken + strings.Repeat("1", 5000), passedOn},
		"broken query":             {ok + "&x=%zz", passedOn},
		"semicolons":               {strings.ReplaceAll(ok, "&", ";"), passedOn},
		"other parameters":         {"challenge=1", passedOn},
		"none":                     {"", passedOn},
	} {
		r.check(t, name, get(tt.query), tt.want)
	}
	r.check(t, "HEAD", httptest.NewRequest(http.MethodHead, "/?"+ok, nil), want{200, "", middleware.Probed, nil})
	r.check(t, "PUT", httptest.NewRequest(http.MethodPut, "/?"+ok, nil), passedOn)
	unsigned := post("{}")
	unsigned.URL.RawQuery = ok
	r.check(t, "unsigned POST", unsigned, want{401, missing, middleware.Unsigned, verify.ErrMissing})
	r.checkSecret(t, "meatyhamhock", "old s3cret", "1158201444")
}

// The secret and the token are those of X's own samples,
// https://gist.github.com/jcipriano/46c4b3f379d214d57a9ddfa70dba49fe; the
// response_token was computed from them with Python's hmac.
func TestX(t *testing.T) {
	const secret = "z3ZX4v7mAAUGykl3EcmkqbartmuW8VFOOzCloLx9Q45P0hLrFu"
	r := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.X(e, secret) })
	const token = "crc_token=9b4507b3-9040-4669-9ca3-6b94edb50553"
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	r.check(t, "documented", get(token), want{200, `{"response_token":"sha256=Cytd4Sq+NvEcV3MMrXxWJGJx5A+y/lXzzU2Maartkx8="}`, handshake.Answered, nil})
	r.check(t, "with a nonce", get(token+"&nonce=x"), want{200, `{"response_token":"sha256=Cytd4Sq+NvEcV3MMrXxWJGJx5A+y/lXzzU2Maartkx8="}`, handshake.Answered, nil})
	r.check(t, "twice", get(token+"&crc_token=x"), want{400, badRequest, handshake.Denied, handshake.ErrRepeated})
	r.check(t, "empty", get("crc_token="), want{400, badRequest, handshake.Denied, handshake.ErrMissing})
	// These would be signatures of events.
	r.check(t, "a JSON body", get("crc_token=%7B%22for_user_id%22%3A%221%22%7D"), malformed)
	r.check(t, "a JSON array", get("crc_token=%5B%5D"), malformed)
	r.check(t, "a form", get("crc_token=payload%3Dx"), malformed)
	r.check(t, "too long", get("crc_token="+strings.Repeat("a", 513)), malformed)
	r.check(t, "no token", get("token=x"), want{405, notAllowed, middleware.MethodNotAllowed, nil})
	r.check(t, "HEAD", httptest.NewRequest(http.MethodHead, "/?"+token, nil), want{200, "", middleware.Probed, nil})
	r.checkSecret(t, secret, "9b4507b3", "Cytd4Sq")
}

// The request is that of https://www.dropbox.com/developers/reference/webhooks.
func TestDropbox(t *testing.T) {
	r := before(t, hmacScheme(t), handshake.Dropbox)
	r.check(t, "documented", get("challenge=abc123"), want{200, "abc123", handshake.Answered, nil})
	r.check(t, "twice", get("challenge=abc123&challenge=x"), want{400, badRequest, handshake.Denied, handshake.ErrRepeated})
	r.check(t, "empty", get("challenge="), want{400, badRequest, handshake.Denied, handshake.ErrMissing})
	r.check(t, "markup", get("challenge=%3Cb%3E"), want{400, badRequest, handshake.Denied, handshake.ErrMalformed})
	r.check(t, "too long", get("challenge="+strings.Repeat("a", 513)), want{400, badRequest, handshake.Denied, handshake.ErrMalformed})
	for c := range 256 {
		text := "a" + string([]byte{byte(c)}) + "b"
		expect := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
		if token68.MatchString(text) {
			expect = want{200, text, handshake.Answered, nil}
		}
		r.check(t, fmt.Sprintf("byte %d", c), get("challenge="+url.QueryEscape(text)), expect)
	}
	r.check(t, "other", get("x=1"), want{405, notAllowed, middleware.MethodNotAllowed, nil})
	r.check(t, "HEAD", httptest.NewRequest(http.MethodHead, "/?challenge=abc123", nil), want{200, "", middleware.Probed, nil})
	r.checkSecret(t, "abc123")
}

// The request and the answer are those of
// https://support.okta.com/help/s/article/Unable-to-verify-event-hook-Hook-hook-name-execution-failed.
func TestOkta(t *testing.T) {
	const (
		name      = "X-Okta-Verification-Challenge"
		challenge = "Me_rShK8JHsTnbyYrWXCEoMGbM_zsZ6k0hLPZ_Pg"
		answer    = `{"verification":"` + challenge + `"}`
	)
	answered := want{200, answer, handshake.Answered, nil}
	wrong := want{403, forbidden, handshake.Denied, handshake.ErrToken}
	repeated := want{400, badRequest, handshake.Denied, handshake.ErrRepeated}
	open := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler { return handshake.Okta(e, nil) })
	guarded := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.Okta(e, &handshake.OktaOptions{Secrets: []string{"my-shared-secret", "older"}})
	})
	other := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.Okta(e, &handshake.OktaOptions{Secrets: []string{"my-shared-secret"}, Header: "x-any-key"})
	})
	for _, tt := range []struct {
		name   string
		rig    *rig
		header []string
		want   want
	}{
		{"documented", open, []string{name, challenge, "Authorization", "my-shared-secret"}, answered},
		{"no secret wanted", open, []string{name, challenge}, answered},
		{"secret", guarded, []string{name, challenge, "Authorization", "my-shared-secret"}, answered},
		{"older secret", guarded, []string{name, challenge, "Authorization", "older"}, answered},
		{"wrong secret", guarded, []string{name, challenge, "Authorization", "my-shared-secre"}, wrong},
		{"no secret", guarded, []string{name, challenge}, wrong},
		{"secret twice", guarded, []string{name, challenge, "Authorization", "older", "Authorization", "older"}, repeated},
		{"secret in another header", other, []string{name, challenge, "X-Any-Key", "my-shared-secret"}, answered},
		{"secret in the usual header", other, []string{name, challenge, "Authorization", "my-shared-secret"}, wrong},
		{"challenge twice", open, []string{name, challenge, name, challenge}, repeated},
		{"markup", open, []string{name, `"><script>`}, want{400, badRequest, handshake.Denied, handshake.ErrMalformed}},
		{"too long", open, []string{name, strings.Repeat("a", 513)}, want{400, badRequest, handshake.Denied, handshake.ErrMalformed}},
		{"empty", open, []string{name, ""}, want{400, badRequest, handshake.Denied, handshake.ErrMissing}},
		{"none", open, nil, want{405, notAllowed, middleware.MethodNotAllowed, nil}},
	} {
		r := get("")
		for i := 0; i < len(tt.header); i += 2 {
			r.Header.Add(tt.header[i], tt.header[i+1])
		}
		tt.rig.check(t, tt.name, r, tt.want)
	}
	open.check(t, "POST", post("{}", name, challenge), want{401, missing, middleware.Unsigned, verify.ErrMissing})
	guarded.checkSecret(t, "my-shared-secret", "Me_r")
}

// The requests are those of
// https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md and
// https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery.
func TestCloudEvents(t *testing.T) {
	const name = "WebHook-Request-Origin"
	origins := []string{"eventemitter.example.com", handshake.EventGridOrigin}
	free := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.CloudEvents(e, origins, nil)
	})
	slow := before(t, hmacScheme(t), func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.CloudEvents(e, origins, &handshake.CloudEventsOptions{Rate: 100})
	})
	denied := want{405, notAllowed, handshake.Denied, handshake.ErrUnexpected}
	for _, tt := range []struct {
		name    string
		rig     *rig
		origins []string
		want    want
		origin  string
		rate    string
	}{
		{"documented", slow, []string{"eventemitter.example.com"}, want{200, "", handshake.Answered, nil}, "eventemitter.example.com", "100"},
		{"Event Grid", free, []string{"eventgrid.azure.net"}, want{200, "", handshake.Answered, nil}, "eventgrid.azure.net", "*"},
		{"upper case", free, []string{"EventGrid.Azure.Net"}, want{200, "", handshake.Answered, nil}, "eventgrid.azure.net", "*"},
		{"another origin", free, []string{"evil.example.com"}, denied, "", ""},
		{"a longer origin", free, []string{"eventgrid.azure.net.evil.example"}, denied, "", ""},
		{"asterisk", free, []string{"*"}, denied, "", ""},
		{"empty", free, []string{""}, denied, "", ""},
		{"two", free, []string{"eventgrid.azure.net", "eventgrid.azure.net"}, want{400, badRequest, handshake.Denied, handshake.ErrRepeated}, "", ""},
		{"none, as of CORS", free, nil, want{405, notAllowed, middleware.MethodNotAllowed, nil}, "", ""},
	} {
		r := httptest.NewRequest(http.MethodOptions, "/", nil)
		r.Header.Set("WebHook-Request-Rate", "120")
		r.Header.Set("WebHook-Request-Callback", "https://169.254.169.254/")
		for _, o := range tt.origins {
			r.Header.Add(name, o)
		}
		h := tt.rig.check(t, tt.name, r, tt.want)
		if got := h.Get("WebHook-Allowed-Origin"); got != tt.origin {
			t.Errorf("%s: allowed origin %q, want %q", tt.name, got, tt.origin)
		}
		if got := h.Get("WebHook-Allowed-Rate"); got != tt.rate {
			t.Errorf("%s: allowed rate %q, want %q", tt.name, got, tt.rate)
		}
		if got := h.Get("Allow"); got != "POST, HEAD" {
			t.Errorf("%s: Allow %q", tt.name, got)
		}
	}
	p := post("{}", name, "eventgrid.azure.net")
	free.check(t, "POST", p, want{401, missing, middleware.Unsigned, verify.ErrMissing})
}
