package handshake

import (
	"net/http"

	"github.com/hooklatch/hooklatch/middleware"
)

// Dropbox answers the verification request of Dropbox, in BeforeAccept: a GET with
// a challenge to send back. The request proves nothing, and the answer says
// nothing but that webhooks are wanted here.
//
// Dropbox panics if e is nil.
//
// See https://www.dropbox.com/developers/reference/webhooks.
func Dropbox(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("Dropbox", e)
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		q, ok := queryOf(r)
		if !ok {
			return r
		}
		challenge, n := q.get("challenge")
		if n == 0 {
			return r
		}
		if err := checkChallenge(challenge, n); err != nil {
			g.deny(w, r, "challenge", err)
			return nil
		}
		g.answer(w, r, http.StatusOK, challenge)
		return nil
	})
}
