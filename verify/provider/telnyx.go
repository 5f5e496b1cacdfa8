package provider

import "github.com/hooklatch/hooklatch/verify"

func telnyx() Info {
	return Info{
		Title: "Telnyx",
		Docs:  "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks",
		Name:  "Telnyx",
		Proof: ProofOwn,
		Spec: verify.Spec{
			Name:        "telnyx",
			Headers:     verify.Headers{Signature: "Telnyx-Signature-Ed25519", Timestamp: "Telnyx-Timestamp"},
			Signed:      "{timestamp}|{body}",
			Encoding:    verify.Base64,
			ParseKey:    parseBase64Ed25519,
			IDMembers:   []string{"data.id"},
			TypeMembers: []string{"data.event_type"},
		},
	}
}

// Telnyx returns the scheme "telnyx": Telnyx-Signature-Ed25519 is the base64
// ed25519 signature of the Unix time in Telnyx-Timestamp, "|" and the body. The
// key is the account's public key, in base64. See
// https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks.
//
// The id and the type are those of the body's data, and so are signed.
//
// For the error see [verify.New].
func Telnyx(publicKeys ...string) (*verify.Scheme, error) {
	return verify.New(telnyx().Spec, publicKeys...)
}
