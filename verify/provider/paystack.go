package provider

import (
	"crypto"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func paystack() Info {
	return Info{
		Title:    "Paystack",
		Docs:     "https://paystack.com/docs/payments/webhooks/",
		Name:     "Paystack",
		Retries:  Retries{Known: true, Horizon: 72 * time.Hour},
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "paystack",
			Headers:     verify.Headers{Signature: "X-Paystack-Signature"},
			Hash:        crypto.SHA512,
			TypeMembers: []string{"event"},
			DigestID:    true,
		},
	}
}

// Paystack returns the scheme "paystack": X-Paystack-Signature is the
// hexadecimal HMAC-SHA512 of the body. See
// https://paystack.com/docs/payments/webhooks/.
//
// The type is the body's event. It names no id and signs no time: the id is the
// digest of the body ([verify.Spec].DigestID), and an attacker who has captured
// a delivery can send it again once the receiver has forgotten that id. Only
// HTTPS protects against capture.
//
// For the error see [verify.New].
func Paystack(secrets ...string) (*verify.Scheme, error) {
	return verify.New(paystack().Spec, secrets...)
}
