package provider

import "github.com/hooklatch/hooklatch/verify"

func stream() Info {
	return Info{
		Title:    "Stream",
		Docs:     "https://getstream.io/chat/docs/go-golang/webhooks_overview/",
		Name:     "Stream",
		Unsigned: "id, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "stream",
			Headers:     verify.Headers{Signature: "X-Signature", ID: "X-Webhook-Id"},
			TypeMembers: []string{"type"},
		},
	}
}

// Stream returns the scheme "stream": X-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is that of the API key in X-Api-Key. See
// https://getstream.io/chat/docs/go-golang/webhooks_overview/.
//
// The id is X-Webhook-Id, and the type the body's. The id is not signed, and
// there is no timestamp: an attacker who has captured a delivery can send it
// again at any time and under any id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func Stream(secrets ...string) (*verify.Scheme, error) {
	return verify.New(stream().Spec, secrets...)
}
