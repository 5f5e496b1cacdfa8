package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func quickBooks() Info {
	return Info{
		Title:    "QuickBooks",
		Docs:     "https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
		Name:     "QuickBooks",
		Timeout:  3 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "quickbooks",
			Headers:  verify.Headers{Signature: "Intuit-Signature"},
			Encoding: verify.Base64,
			DigestID: true,
		},
	}
}

// QuickBooks returns the scheme "quickbooks": Intuit-Signature is the base64
// HMAC-SHA256 of the body. The secret is the app's verifier token. See
// https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks.
//
// It names no id and signs no time: the id is the digest of the body
// ([verify.Spec].DigestID), and an attacker who has captured a delivery can
// send it again once the receiver has forgotten that id. Only HTTPS protects
// against capture.
//
// For the error see [verify.New].
func QuickBooks(secrets ...string) (*verify.Scheme, error) {
	return verify.New(quickBooks().Spec, secrets...)
}
