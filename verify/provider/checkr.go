package provider

import "github.com/hooklatch/hooklatch/verify"

func checkr() Info {
	return Info{
		Title:    "Checkr",
		Docs:     "https://docs.checkr.com/#section/Webhooks",
		Name:     "Checkr",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "checkr",
			Headers:     verify.Headers{Signature: "X-Checkr-Signature"},
			IDMembers:   []string{"id"},
			TypeMembers: []string{"type"},
		},
	}
}

// Checkr returns the scheme "checkr": X-Checkr-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is the API key. See
// https://docs.checkr.com/#section/Webhooks.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Checkr(secrets ...string) (*verify.Scheme, error) {
	return verify.New(checkr().Spec, secrets...)
}
