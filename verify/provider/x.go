package provider

import "github.com/hooklatch/hooklatch/verify"

func twitter() Info {
	return Info{
		Title:    "X (Twitter)",
		Docs:     "https://docs.x.com/x-api/webhooks/introduction",
		Name:     "X",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "x",
			Headers:  verify.Headers{Signature: "X-Twitter-Webhooks-Signature"},
			Prefix:   "sha256=",
			Encoding: verify.Base64,
			DigestID: true,
		},
	}
}

// X returns the scheme "x": X-Twitter-Webhooks-Signature is "sha256=" and the
// base64 HMAC-SHA256 of the body. The secret is the consumer secret. See
// https://docs.x.com/x-api/webhooks/introduction.
//
// It names no id and signs no time: the id is the digest of the body
// ([verify.Spec].DigestID), and an attacker who has captured a delivery can
// send it again once the receiver has forgotten that id. Only HTTPS protects
// against capture.
//
// For the error see [verify.New].
func X(secrets ...string) (*verify.Scheme, error) {
	return verify.New(twitter().Spec, secrets...)
}
