package handshake

import (
	"net/http"

	"github.com/hooklatch/hooklatch/middleware"
)

// Asana answers the handshake by which Asana establishes a webhook, in
// BeforeAccept: a POST with the header X-Hook-Secret, which the answer repeats.
//
// Anyone can send that request, at any time. expect returns an error, which denies
// the handshake, unless the program is establishing a webhook right now and at
// this address. Give Asana a target with a path that can't be guessed, and compare
// it. expect is called concurrently.
//
// The secret is what Asana will sign this webhook's events with. Asana also
// returns it, as X-Hook-Secret, to the program's own call that establishes the
// webhook. Take it from there: if expect hands it to a verifier, an attacker who
// sends a handshake can sign events from then on. Neither the log nor the Outcome
// has it.
//
// A request with an X-Hook-Signature is an event, and left alone. Asana panics if
// e or expect is nil.
//
// See https://developers.asana.com/docs/establish-a-webhook.
func Asana(e *middleware.Endpoint, expect func(r *http.Request, secret string) error) func(http.Handler) http.Handler {
	g := newGreeter("Asana", e)
	if expect == nil {
		panic("handshake: Asana: nil function")
	}
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		const name = "X-Hook-Secret"
		given := r.Header.Values(name)
		if r.Method != http.MethodPost || len(given) == 0 || len(r.Header.Values("X-Hook-Signature")) > 0 {
			return r
		}
		if err := checkChallenge(given[0], len(given)); err != nil {
			g.deny(w, r, name, err)
			return nil
		}
		if err := expect(r, given[0]); err != nil {
			g.deny(w, r, name, err)
			return nil
		}
		w.Header().Set(name, given[0])
		g.answer(w, r, http.StatusOK, "")
		return nil
	})
}
