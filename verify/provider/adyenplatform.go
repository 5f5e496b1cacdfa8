package provider

import "github.com/hooklatch/hooklatch/verify"

func adyenPlatform() Info {
	return Info{
		Title:    "Adyen, platform webhooks",
		Docs:     "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/",
		Name:     "AdyenPlatform",
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:         "adyen-platform",
			Headers:      verify.Headers{Signature: "HmacSignature"},
			Encoding:     verify.Base64,
			SecretFormat: verify.SecretHex,
			TypeMembers:  []string{"type"},
			DigestID:     true,
		},
	}
}

// AdyenPlatform returns the scheme "adyen-platform": HmacSignature is the
// base64 HMAC-SHA256 of the body. The secret is hexadecimal, as Adyen shows it.
// See
// https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/.
//
// It covers the platform's, banking and management webhooks; the payments'
// need [Adyen]. The type is the body's. It names no id and signs no time: the
// id is the digest of the body ([verify.Spec].DigestID), and an attacker who
// has captured a delivery can send it again once the receiver has forgotten
// that id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func AdyenPlatform(secrets ...string) (*verify.Scheme, error) {
	return verify.New(adyenPlatform().Spec, secrets...)
}
