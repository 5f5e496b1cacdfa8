package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func typeform() Info {
	return Info{
		Title:    "Typeform",
		Docs:     "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
		Name:     "Typeform",
		Timeout:  30 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "typeform",
			Headers:     verify.Headers{Signature: "Typeform-Signature"},
			Prefix:      "sha256=",
			Encoding:    verify.Base64,
			IDMembers:   []string{"event_id"},
			TypeMembers: []string{"event_type"},
		},
	}
}

// Typeform returns the scheme "typeform": Typeform-Signature is "sha256=" and
// the base64 HMAC-SHA256 of the body. See
// https://www.typeform.com/developers/webhooks/secure-your-webhooks/.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Typeform(secrets ...string) (*verify.Scheme, error) {
	return verify.New(typeform().Spec, secrets...)
}
