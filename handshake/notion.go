package handshake

import (
	"net/http"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
	"github.com/hooklatch/hooklatch/middleware"
)

// Notion answers the request with which Notion sends a new subscription's
// verification token, in BeforeAccept: an unsigned POST of
// {"verification_token":"…"}. It calls take with the token, for a person to paste
// into Notion's settings, and answers 200 if take returns nil. take is called
// concurrently.
//
// Anyone can send that request, at any time. A false token does no harm in
// Notion's settings, which refuse it. But Notion signs its events with the token:
// a program that hands it to a verifier lets an attacker who sends a token sign
// events. Configure the verifier by hand, once Notion has accepted the token.
// Neither the log nor the Outcome has it.
//
// A request with an X-Notion-Signature is an event, and left alone. Notion panics
// if e or take is nil.
//
// See https://developers.notion.com/reference/webhooks.
func Notion(e *middleware.Endpoint, take func(r *http.Request, token string) error) func(http.Handler) http.Handler {
	g := newGreeter("Notion", e)
	if take == nil {
		panic("handshake: Notion: nil function")
	}
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		const name = "verification_token"
		if len(r.Header.Values("X-Notion-Signature")) > 0 {
			return r
		}
		body, r := peek(w, r)
		raw := member(body, name)
		if raw == nil {
			return r
		}
		token, ok := jsonscan.String(raw)
		if !ok || !isToken68(token) {
			g.deny(w, r, name, ErrMalformed)
			return nil
		}
		if err := take(r, token); err != nil {
			g.deny(w, r, name, err)
			return nil
		}
		g.answer(w, r, http.StatusOK, "")
		return nil
	})
}
