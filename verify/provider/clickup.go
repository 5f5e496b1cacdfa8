package provider

import "github.com/hooklatch/hooklatch/verify"

func clickUp() Info {
	return Info{
		Title:    "ClickUp",
		Docs:     "https://developer.clickup.com/docs/webhooksignature",
		Name:     "ClickUp",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "clickup",
			Headers:     verify.Headers{Signature: "X-Signature"},
			TypeMembers: []string{"event"},
			DigestID:    true,
		},
	}
}

// ClickUp returns the scheme "clickup": X-Signature is the hexadecimal
// HMAC-SHA256 of the body. See
// https://developer.clickup.com/docs/webhooksignature.
//
// The type is the body's event. It names no id and signs no time: the id is the
// digest of the body ([verify.Spec].DigestID), and an attacker who has captured
// a delivery can send it again once the receiver has forgotten that id. Only
// HTTPS protects against capture.
//
// For the error see [verify.New].
func ClickUp(secrets ...string) (*verify.Scheme, error) {
	return verify.New(clickUp().Spec, secrets...)
}
