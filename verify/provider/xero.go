package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func xero() Info {
	return Info{
		Title:    "Xero",
		Docs:     "https://developer.xero.com/documentation/guides/webhooks/overview/",
		Name:     "Xero",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Timeout:  5 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "xero",
			Headers:     verify.Headers{Signature: "X-Xero-Signature"},
			Encoding:    verify.Base64,
			TypeMembers: []string{"events[].eventCategory"},
			DigestID:    true,
		},
	}
}

// Xero returns the scheme "xero": X-Xero-Signature is the base64 HMAC-SHA256 of
// the body. The secret is the webhook's signing key. See
// https://developer.xero.com/documentation/guides/webhooks/overview/.
//
// The type is the events' category, if all have the same. It names no id and
// signs no time: the id is the digest of the body ([verify.Spec].DigestID), and
// an attacker who has captured a delivery can send it again once the receiver
// has forgotten that id. Only HTTPS protects against capture.
//
// Xero wants a 401 for a wrong signature, and an empty body in every answer.
//
// For the error see [verify.New].
func Xero(secrets ...string) (*verify.Scheme, error) {
	return verify.New(xero().Spec, secrets...)
}
