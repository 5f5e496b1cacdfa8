package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func tally() Info {
	return Info{
		Title:    "Tally",
		Docs:     "https://tally.so/help/webhooks",
		Name:     "Tally",
		Timeout:  10 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "tally",
			Headers:     verify.Headers{Signature: "Tally-Signature"},
			Encoding:    verify.Base64,
			IDMembers:   []string{"eventId"},
			TypeMembers: []string{"eventType"},
		},
	}
}

// Tally returns the scheme "tally": Tally-Signature is the base64 HMAC-SHA256
// of the body. See https://tally.so/help/webhooks.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Tally(secrets ...string) (*verify.Scheme, error) {
	return verify.New(tally().Spec, secrets...)
}
