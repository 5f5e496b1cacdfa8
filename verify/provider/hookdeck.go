package provider

import "github.com/hooklatch/hooklatch/verify"

func hookdeck() Info {
	return Info{
		Title:    "Hookdeck",
		Docs:     "https://hookdeck.com/docs/authentication#hookdeck-webhook-signature-verification",
		Name:     "Hookdeck",
		Unsigned: "id, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "hookdeck",
			Headers:         verify.Headers{Signature: "X-Hookdeck-Signature", ID: "X-Hookdeck-EventID"},
			ExtraSignatures: []string{"X-Hookdeck-Signature-2"},
			Encoding:        verify.Base64,
		},
	}
}

// Hookdeck returns the scheme "hookdeck": X-Hookdeck-Signature is the base64
// HMAC-SHA256 of the body. X-Hookdeck-Signature-2 is that with the new secret
// while it changes. See
// https://hookdeck.com/docs/authentication#hookdeck-webhook-signature-verification.
//
// The id is X-Hookdeck-EventID. The type is up to the source behind Hookdeck.
// The id is not signed, and there is no timestamp: an attacker who has captured
// a delivery can send it again at any time and under any id. Only HTTPS
// protects against capture.
//
// For the error see [verify.New].
func Hookdeck(secrets ...string) (*verify.Scheme, error) {
	return verify.New(hookdeck().Spec, secrets...)
}
