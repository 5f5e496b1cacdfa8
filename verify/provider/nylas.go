package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func nylas() Info {
	return Info{
		Title:    "Nylas",
		Docs:     "https://developer.nylas.com/docs/v3/notifications/",
		Name:     "Nylas",
		Timeout:  10 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "nylas",
			Headers:     verify.Headers{Signature: "X-Nylas-Signature"},
			IDMembers:   []string{"id"},
			TypeMembers: []string{"type"},
		},
	}
}

// Nylas returns the scheme "nylas": X-Nylas-Signature is the hexadecimal
// HMAC-SHA256 of the body. See
// https://developer.nylas.com/docs/v3/notifications/.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Nylas(secrets ...string) (*verify.Scheme, error) {
	return verify.New(nylas().Spec, secrets...)
}
