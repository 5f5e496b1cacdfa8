package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func sanity() Info {
	return Info{
		Title:    "Sanity",
		Docs:     "https://www.sanity.io/docs/content-lake/webhooks",
		Name:     "Sanity",
		Unsigned: "id, type",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:            "sanity",
			Headers:         verify.Headers{Signature: "Sanity-Webhook-Signature", ID: "Idempotency-Key", Type: "Sanity-Operation"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "v1=",
			Separator:       ",",
			TimestampPrefix: "t=",
			TimestampUnit:   time.Millisecond,
			Encoding:        verify.Base64URL,
		},
	}
}

// Sanity returns the scheme "sanity": Sanity-Webhook-Signature lists the time
// in milliseconds, as t=, and the base64url HMAC-SHA256 of that time, a full
// stop, and the body, as v1=. See
// https://www.sanity.io/docs/content-lake/webhooks.
//
// The id is Idempotency-Key, and the type Sanity-Operation: "create", "update"
// or "delete". Neither is signed, so the Envelope has a ContentDigest.
//
// For the error see [verify.New].
func Sanity(secrets ...string) (*verify.Scheme, error) {
	return verify.New(sanity().Spec, secrets...)
}
