package handshake

import (
	"net/http"

	"github.com/hooklatch/hooklatch/middleware"
)

// Meta answers the verification requests of Facebook, Instagram, WhatsApp and
// other webhooks of Meta, in BeforeAccept: a GET with hub.mode=subscribe, the
// hub.verify_token that you chose in the App Dashboard, and the hub.challenge to
// send back.
//
// tokens are the verify tokens that are good, more than one while you change
// them. Meta panics if there are none, one is empty, or e is nil.
//
// See https://developers.facebook.com/docs/graph-api/webhooks/getting-started/.
func Meta(e *middleware.Endpoint, tokens ...string) func(http.Handler) http.Handler {
	g := newGreeter("Meta", e)
	good := newSecrets(g.name, "token", tokens)
	if len(good) == 0 {
		panic("handshake: Meta: no token")
	}
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		q, ok := queryOf(r)
		if !ok {
			return r
		}
		mode, modes := q.get("hub.mode")
		token, n := q.get("hub.verify_token")
		challenge, challenges := q.get("hub.challenge")
		switch {
		case modes+n+challenges == 0:
			return r
		case modes > 1:
			g.deny(w, r, "hub.mode", ErrRepeated)
			return nil
		case mode != "subscribe":
			g.deny(w, r, "hub.mode", ErrMalformed)
			return nil
		case n > 1:
			g.deny(w, r, "hub.verify_token", ErrRepeated)
			return nil
		case !good.has(token):
			g.deny(w, r, "hub.verify_token", ErrToken)
			return nil
		}
		if err := checkChallenge(challenge, challenges); err != nil {
			g.deny(w, r, "hub.challenge", err)
			return nil
		}
		g.answer(w, r, http.StatusOK, challenge)
		return nil
	})
}
