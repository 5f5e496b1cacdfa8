package provider

import "github.com/hooklatch/hooklatch/verify"

func calCom() Info {
	return Info{
		Title:    "Cal.com",
		Docs:     "https://cal.com/docs/developing/guides/automation/webhooks",
		Name:     "CalCom",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "cal.com",
			Headers:     verify.Headers{Signature: "X-Cal-Signature-256"},
			TypeMembers: []string{"triggerEvent"},
			DigestID:    true,
		},
	}
}

// CalCom returns the scheme "cal.com": X-Cal-Signature-256 is the hexadecimal
// HMAC-SHA256 of the body. See
// https://cal.com/docs/developing/guides/automation/webhooks.
//
// The type is the body's triggerEvent. It names no id and signs no time: the id
// is the digest of the body ([verify.Spec].DigestID), and an attacker who has
// captured a delivery can send it again once the receiver has forgotten that
// id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func CalCom(secrets ...string) (*verify.Scheme, error) {
	return verify.New(calCom().Spec, secrets...)
}
