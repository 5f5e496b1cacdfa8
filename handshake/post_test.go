package handshake_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

var errNotNow = errors.New("no webhook is being established")

// The request is that of https://developers.asana.com/docs/establish-a-webhook.
func TestAsana(t *testing.T) {
	const (
		name   = "X-Hook-Secret"
		secret = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"
	)
	scheme := newScheme(t, verify.Spec{Name: "asana", Headers: verify.Headers{Signature: "X-Hook-Signature"}}, secret)
	establishing := true
	var got []string
	r := before(t, scheme, func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.Asana(e, func(_ *http.Request, secret string) error {
			got = append(got, secret)
			if !establishing {
				return errNotNow
			}
			return nil
		})
	})
	if h := r.check(t, "documented", post("", name, secret), want{200, "", handshake.Answered, nil}); h.Get(name) != secret {
		t.Errorf("the answer has %s: %q", name, h.Get(name))
	}
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	r.check(t, "twice", post("", name, secret, name, secret), want{400, badRequest, handshake.Denied, handshake.ErrRepeated})
	r.check(t, "empty", post("", name, ""), want{400, badRequest, handshake.Denied, handshake.ErrMissing})
	r.check(t, "markup", post("", name, "<b>"), malformed)
	r.check(t, "too long", post("", name, strings.Repeat("a", 513)), malformed)
	if len(got) != 1 || got[0] != secret {
		t.Errorf("expect was asked about %q", got)
	}
	establishing = false
	if h := r.check(t, "not expected", post("", name, secret), want{403, forbidden, handshake.Denied, errNotNow}); h.Get(name) != "" {
		t.Error("a handshake that was denied has an answer")
	}
	r.check(t, "unsigned event", post(`{"events":[]}`), want{401, missing, middleware.Unsigned, verify.ErrMissing})
	r.check(t, "GET", get(""), want{405, notAllowed, middleware.MethodNotAllowed, nil})
	event := signed(t, scheme, post(`{"events":[]}`, name, secret), `{"events":[]}`)
	r.check(t, "an event is no handshake", event, want{200, received, middleware.Completed, nil})
	r.checkSecret(t, secret)
}

// The request is that of https://developers.notion.com/reference/webhooks.
func TestNotion(t *testing.T) {
	const token = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
	const body = `{"verification_token":"` + token + `"}`
	scheme := newScheme(t, verify.Spec{Name: "notion", Headers: verify.Headers{Signature: "X-Notion-Signature"}, Prefix: "sha256="}, token)
	full := false
	var got []string
	r := before(t, scheme, func(e *middleware.Endpoint) func(http.Handler) http.Handler {
		return handshake.Notion(e, func(_ *http.Request, token string) error {
			got = append(got, token)
			if full {
				return errNotNow
			}
			return nil
		})
	})
	unsigned := want{401, missing, middleware.Unsigned, verify.ErrMissing}
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	r.check(t, "documented", post(body), want{200, "", handshake.Answered, nil})
	chunked := post(body)
	chunked.ContentLength = -1
	r.check(t, "chunked", chunked, want{200, "", handshake.Answered, nil})
	r.check(t, "number", post(`{"verification_token":1}`), malformed)
	r.check(t, "markup", post(`{"verification_token":"<b>"}`), malformed)
	r.check(t, "too long", post(`{"verification_token":"`+strings.Repeat("a", 513)+`"}`), malformed)
	r.check(t, "twice", post(`{"verification_token":"a","verification_token":"b"}`), unsigned)
	r.check(t, "huge", post(`{"x":"`+strings.Repeat("a", 5000)+`","verification_token":"a"}`), unsigned)
	long := post(`{"x":"` + strings.Repeat("a", 5000) + `","verification_token":"a"}`)
	long.ContentLength = -1
	r.check(t, "huge and chunked", long, unsigned)
	r.check(t, "no JSON", post("verification_token"), unsigned)
	r.check(t, "an event", post(`{"type":"page.created"}`), unsigned)
	r.check(t, "empty", post(""), unsigned)
	r.check(t, "signed falsely", post(body, "X-Notion-Signature", "sha256="+strings.Repeat("0", 64)), want{403, invalid, middleware.Refused, verify.ErrMismatch})
	if len(got) != 2 || got[0] != token || got[1] != token {
		t.Errorf("take got %q", got)
	}
	full = true
	r.check(t, "not taken", post(body), want{403, forbidden, handshake.Denied, errNotNow})
	r.checkSecret(t, token)
}

// The request is that of https://developer.monday.com/api-reference/docs/webhooks.
func TestMonday(t *testing.T) {
	const body = `{"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`
	r := before(t, hmacScheme(t), handshake.Monday)
	unsigned := want{401, missing, middleware.Unsigned, verify.ErrMissing}
	malformed := want{400, badRequest, handshake.Denied, handshake.ErrMalformed}
	r.check(t, "documented", post(body), want{200, `{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`, handshake.Answered, nil})
	r.check(t, "an event with a challenge", post(`{"challenge":"a","event":{}}`), unsigned)
	r.check(t, "an event", post(`{"event":{}}`), unsigned)
	r.check(t, "twice", post(`{"challenge":"a","challenge":"b"}`), unsigned)
	r.check(t, "number", post(`{"challenge":1}`), malformed)
	r.check(t, "markup", post(`{"challenge":"</script>"}`), malformed)
	r.check(t, "escape", post(`{"challenge":"a\"b"}`), malformed)
	r.check(t, "empty", post(`{"challenge":""}`), malformed)
	r.check(t, "gzip", post(body, "Content-Encoding", "gzip"), unsigned)
	r.checkSecret(t, "3eZbrw")
}

// TestPeekLeavesBody: a delivery that a handshake has looked into is verified over
// the bytes as they came, whatever its size.
func TestPeekLeavesBody(t *testing.T) {
	scheme := hmacScheme(t)
	for name, body := range map[string]string{
		"small": `{"event":{"n":1}}`,
		"just":  strings.Repeat("x", 4<<10),
		"over":  strings.Repeat("x", 4<<10+1),
		"large": strings.Repeat("x", 100<<10),
		"none":  "",
	} {
		for _, length := range []int64{int64(len(body)), -1} {
			r := before(t, scheme, handshake.Monday)
			req := signed(t, scheme, post(body), body)
			req.ContentLength = length
			if body == "" {
				req.Body = http.NoBody
			}
			r.check(t, name, req, want{200, received, middleware.Completed, nil})
			if len(r.handled) != 1 || r.handled[0] != body {
				t.Errorf("%s, length %d: the handler got %d bodies, or another", name, length, len(r.handled))
			}
		}
	}
}

// TestPeekBrokenBody: a connection that breaks is the layers' behind to answer.
func TestPeekBrokenBody(t *testing.T) {
	scheme := hmacScheme(t)
	r := before(t, scheme, handshake.Monday)
	req := signed(t, scheme, post(`{"challenge":"a"}`), `{"challenge":"a"}`)
	req.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"chall`), brokenReader{}))
	r.check(t, "broken", req, want{400, "Body unreadable", middleware.Unreadable, io.ErrUnexpectedEOF})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// The parameters are those of
// https://docs.slack.dev/interactivity/implementing-slash-commands.
func TestSlackSSLCheck(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	r := before(t, hmacScheme(t), handshake.SlackSSLCheck)
	unsigned := want{401, missing, middleware.Unsigned, verify.ErrMissing}
	r.check(t, "documented", post("token=x&ssl_check=1", "Content-Type", form), want{200, "", handshake.Answered, nil})
	r.check(t, "with a charset", post("ssl_check=1", "Content-Type", form+"; charset=utf-8"), want{200, "", handshake.Answered, nil})
	r.check(t, "zero", post("ssl_check=0", "Content-Type", form), unsigned)
	r.check(t, "twice", post("ssl_check=1&ssl_check=1", "Content-Type", form), unsigned)
	r.check(t, "with a command", post("ssl_check=1&command=/deploy", "Content-Type", form), unsigned)
	r.check(t, "with a payload", post("ssl_check=1&payload=%7B%7D", "Content-Type", form), unsigned)
	r.check(t, "broken", post("ssl_check=1&a=%zz", "Content-Type", form), unsigned)
	r.check(t, "not a form", post("ssl_check=1", "Content-Type", "text/plain"), unsigned)
	r.check(t, "huge", post("ssl_check=1&a="+strings.Repeat("a", 5000), "Content-Type", form), unsigned)
	long := post("ssl_check=1&a="+strings.Repeat("a", 5000), "Content-Type", form)
	long.ContentLength = -1
	r.check(t, "huge and chunked", long, unsigned)
	r.check(t, "signed", post("ssl_check=1", "Content-Type", form, "X-Slack-Signature", "x"), unsigned)
}
