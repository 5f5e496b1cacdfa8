package provider

import (
	"crypto"

	"github.com/hooklatch/hooklatch/verify"
)

func segment() Info {
	return Info{
		Title:    "Segment",
		Docs:     "https://segment.com/docs/connections/destinations/catalog/webhooks/",
		Name:     "Segment",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "segment",
			Headers:     verify.Headers{Signature: "X-Signature"},
			Hash:        crypto.SHA1,
			IDMembers:   []string{"messageId"},
			TypeMembers: []string{"type"},
		},
	}
}

// Segment returns the scheme "segment": X-Signature is the hexadecimal
// HMAC-SHA1 of the body. See
// https://segment.com/docs/connections/destinations/catalog/webhooks/.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Segment(secrets ...string) (*verify.Scheme, error) {
	return verify.New(segment().Spec, secrets...)
}
