package handshake

import (
	"mime"
	"net/http"
	"net/url"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/middleware"
)

// Slack answers Slack's url_verification, in AfterVerify: a signed POST of the
// type "url_verification" with a challenge to send back as text. It also answers
// 200 to ssl_check where that is signed; see [SlackSSLCheck].
//
// Slack panics if e is nil.
//
// See https://docs.slack.dev/reference/events/url_verification.
func Slack(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("Slack", e)
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		const want = "url_verification"
		if d.ID != "" || len(d.Body) > maxSigned {
			return false
		}
		if isSSLCheck(d.Header, d.Body) {
			g.answer(w, r, http.StatusOK, "")
			return true
		}
		if d.Type != "" && d.Type != want {
			return false
		}
		if typ, _ := text(d.Body, "type"); typ != want {
			return false
		}
		challenge, ok := text(d.Body, "challenge")
		if !ok || !isToken68(challenge) {
			g.deny(w, r, "challenge", ErrMalformed)
			return true
		}
		g.answer(w, r, http.StatusOK, challenge)
		return true
	})
}

// SlackSSLCheck answers, in BeforeAccept, the requests by which Slack checks the
// certificate of a slash command's URL, once the app is distributed: a POST of a
// form with ssl_check=1, here one without a signature, a command or a payload. The
// answer is 200 without a body, and nothing else happens.
//
// A request with an X-Slack-Signature is left alone. SlackSSLCheck panics if e is
// nil.
//
// See https://docs.slack.dev/interactivity/implementing-slash-commands.
func SlackSSLCheck(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("SlackSSLCheck", e)
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		if len(r.Header.Values("X-Slack-Signature")) > 0 || !isForm(r.Header) {
			return r
		}
		body, r := peek(w, r)
		if !isSSLCheck(r.Header, body) {
			return r
		}
		g.answer(w, r, http.StatusOK, "")
		return nil
	})
}

// isSSLCheck tells whether a body is a form that checks the certificate and has
// nothing to handle.
func isSSLCheck(h http.Header, body []byte) bool {
	if len(body) == 0 || body[0] == '{' || !isForm(h) {
		return false
	}
	form, err := url.ParseQuery(string(body))
	check := form["ssl_check"]
	return err == nil && len(check) == 1 && check[0] == "1" && !form.Has("command") && !form.Has("payload")
}

func isForm(h http.Header) bool {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && media == "application/x-www-form-urlencoded"
}
