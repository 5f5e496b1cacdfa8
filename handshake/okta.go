package handshake

import (
	"net/http"

	"github.com/hooklatch/hooklatch/middleware"
)

// OktaOptions are the optional settings of [Okta]. Nil and the zero value are
// ready to use.
type OktaOptions struct {
	// Secrets are the values that are good in Header, more than one while
	// you change them. Okta sends its authentication secret with the
	// verification request, too. None means that any request is answered.
	Secrets []string

	// Header is the header with the secret, the "authentication field" of
	// the event hook. Empty means Authorization.
	Header string
}

// Okta answers the one-time verification request of Okta's event hooks, in
// BeforeAccept: a GET with the header X-Okta-Verification-Challenge. The answer is
// {"verification":"…"} with the header's value.
//
// Okta panics if e is nil or a secret is empty.
//
// See https://developer.okta.com/docs/concepts/event-hooks/.
func Okta(e *middleware.Endpoint, o *OktaOptions) func(http.Handler) http.Handler {
	g := newGreeter("Okta", e)
	var opts OktaOptions
	if o != nil {
		opts = *o
	}
	if opts.Header == "" {
		opts.Header = "Authorization"
	}
	good := newSecrets(g.name, "secret", opts.Secrets)
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		const name = "X-Okta-Verification-Challenge"
		challenges := r.Header.Values(name)
		if r.Method != http.MethodGet || len(challenges) == 0 {
			return r
		}
		if len(good) > 0 {
			switch given := r.Header.Values(opts.Header); {
			case len(given) > 1:
				g.deny(w, r, opts.Header, ErrRepeated)
				return nil
			case len(given) == 0 || !good.has(given[0]):
				g.deny(w, r, opts.Header, ErrToken)
				return nil
			}
		}
		if err := checkChallenge(challenges[0], len(challenges)); err != nil {
			g.deny(w, r, name, err)
			return nil
		}
		g.answer(w, r, http.StatusOK, `{"verification":"`+challenges[0]+`"}`)
		return nil
	})
}
