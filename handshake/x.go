package handshake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/hooklatch/hooklatch/middleware"
)

// X answers the challenge-response check (CRC) of X's webhooks, in BeforeAccept: a
// GET with a crc_token. The answer is {"response_token":"sha256=…"}, the base64
// HMAC-SHA256 of the token. secret is the app's consumer secret, also called API
// secret key. X repeats the check every hour.
//
// The check has a weakness: it signs a text that anyone can choose, with the key
// that signs X's events, and in the same way. An attacker who sends a body as the
// crc_token gets that body's signature. X therefore signs nothing but a token68,
// which can be neither a JSON object nor a form with a value. Don't put this layer
// in front of a handler that acts on other bodies; dispatch.Mux does not.
//
// X panics if secret is empty or e is nil.
//
// See https://docs.x.com/x-api/webhooks/quickstart.
func X(e *middleware.Endpoint, secret string) func(http.Handler) http.Handler {
	g := newGreeter("X", e)
	if secret == "" {
		panic("handshake: X: empty secret")
	}
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		q, ok := queryOf(r)
		if !ok {
			return r
		}
		token, n := q.get("crc_token")
		if n == 0 {
			return r
		}
		if err := checkChallenge(token, n); err != nil {
			g.deny(w, r, "crc_token", err)
			return nil
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(token))
		g.answer(w, r, http.StatusOK, `{"response_token":"sha256=`+base64.StdEncoding.EncodeToString(mac.Sum(nil))+`"}`)
		return nil
	})
}
