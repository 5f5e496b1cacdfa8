package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func dwolla() Info {
	return Info{
		Title:    "Dwolla",
		Docs:     "https://developers.dwolla.com/docs/working-with-webhooks",
		Name:     "Dwolla",
		Retries:  Retries{Known: true, Horizon: 72 * time.Hour},
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "dwolla",
			Headers:     verify.Headers{Signature: "X-Request-Signature-SHA-256"},
			IDMembers:   []string{"id"},
			TypeMembers: []string{"topic"},
		},
	}
}

// Dwolla returns the scheme "dwolla": X-Request-Signature-SHA-256 is the
// hexadecimal HMAC-SHA256 of the body. See
// https://developers.dwolla.com/docs/working-with-webhooks.
//
// The id and, as topic, the type are members of the body, and so are signed. No
// time is signed: a captured delivery verifies forever, though always under
// its own id.
//
// For the error see [verify.New].
func Dwolla(secrets ...string) (*verify.Scheme, error) {
	return verify.New(dwolla().Spec, secrets...)
}
