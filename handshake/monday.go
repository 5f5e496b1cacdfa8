package handshake

import (
	"encoding/json"
	"net/http"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
	"github.com/hooklatch/hooklatch/middleware"
)

// Monday answers the challenge by which monday.com verifies a webhook's URL, in
// BeforeAccept: a POST of {"challenge":"…"}, and nothing else, which the answer
// repeats. The request proves nothing, and the answer says nothing but that
// webhooks are wanted here. Bodies with other members are events, and left alone.
//
// Monday panics if e is nil.
//
// See https://developer.monday.com/api-reference/docs/webhooks#url-verification.
func Monday(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("Monday", e)
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		body, r := peek(w, r)
		raw := member(body, "challenge")
		if raw == nil || !single(body) {
			return r
		}
		challenge, ok := jsonscan.String(raw)
		if !ok || !isToken68(challenge) {
			g.deny(w, r, "challenge", ErrMalformed)
			return nil
		}
		g.answer(w, r, http.StatusOK, `{"challenge":"`+challenge+`"}`)
		return nil
	})
}

// single tells whether a JSON object has one member.
func single(body []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(body, &members) == nil && len(members) == 1
}
