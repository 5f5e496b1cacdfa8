package provider

import "github.com/hooklatch/hooklatch/verify"

func onfido() Info {
	return Info{
		Title:    "Onfido",
		Docs:     "https://documentation.onfido.com/api/latest/#verifying-webhook-signatures",
		Name:     "Onfido",
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "onfido",
			Headers:     verify.Headers{Signature: "X-SHA2-Signature"},
			TypeMembers: []string{"payload.action"},
			DigestID:    true,
		},
	}
}

// Onfido returns the scheme "onfido": X-SHA2-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is the webhook's token. See
// https://documentation.onfido.com/api/latest/#verifying-webhook-signatures.
//
// The type is the payload's action. It names no id and signs no time: the id is
// the digest of the body ([verify.Spec].DigestID), and an attacker who has
// captured a delivery can send it again once the receiver has forgotten that
// id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func Onfido(secrets ...string) (*verify.Scheme, error) {
	return verify.New(onfido().Spec, secrets...)
}
