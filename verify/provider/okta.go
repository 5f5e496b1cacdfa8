package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func okta() Info {
	return Info{
		Title:    "Okta event hooks",
		Docs:     "https://developer.okta.com/docs/concepts/event-hooks/",
		Name:     "Okta",
		Timeout:  3 * time.Second,
		Unsigned: "everything: the secret is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:        "okta",
			Headers:     verify.Headers{Signature: "Authorization"},
			Token:       verify.TokenText,
			IDMembers:   []string{"eventId"},
			TypeMembers: []string{"eventType"},
		},
	}
}

// Okta returns the scheme "okta": Okta signs nothing: Authorization is the
// authentication secret of the hook, as it is. See
// https://developer.okta.com/docs/concepts/event-hooks/.
//
// See [verify.TokenFormat] for what that does not prove.
//
// The id is the body's eventId. The type is its eventType, which is the hook's,
// not that of the events in data.events: route by those in the handler.
//
// For the error see [verify.New].
func Okta(tokens ...string) (*verify.Scheme, error) {
	return verify.New(okta().Spec, tokens...)
}
