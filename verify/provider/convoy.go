package provider

import "github.com/hooklatch/hooklatch/verify"

func convoy() Info {
	return Info{
		Title:    "Convoy",
		Docs:     "https://www.getconvoy.io/docs/webhook-guides/verifying-webhook-signatures",
		Name:     "Convoy",
		Unsigned: "id",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:            "convoy",
			Headers:         verify.Headers{Signature: "X-Convoy-Signature", ID: "X-Convoy-Idempotency-Key"},
			Signed:          "{timestamp},{body}",
			Prefix:          "v1=",
			Separator:       ",",
			TimestampPrefix: "t=",
			TypeMembers:     []string{"event_type", "event"},
			DigestID:        true,
		},
	}
}

// Convoy returns the scheme "convoy": X-Convoy-Signature lists the Unix time,
// as t=, and hexadecimal HMAC-SHA256 signatures of that time, a comma, and the
// body, as v1=. See
// https://www.getconvoy.io/docs/webhook-guides/verifying-webhook-signatures.
//
// These are Convoy's advanced signatures, with its default header and hash. For
// simple ones, or SHA-512 or base64, start from this row's [Info].Spec.
//
// The id is X-Convoy-Idempotency-Key, which is not signed, so the Envelope has
// a ContentDigest. Convoy sends it only if the publisher gave one; otherwise
// the id is the digest of the body ([verify.Spec].DigestID). The type is the
// body's event_type or event, if the publisher puts one there.
//
// Convoy signs the JSON without the spaces between its parts, but sends the
// bytes that the publisher gave it. Publish compact JSON, or nothing verifies.
// When an https endpoint is registered, Convoy sends HEAD, GET and an unsigned
// POST.
//
// For the error see [verify.New].
func Convoy(secrets ...string) (*verify.Scheme, error) {
	return verify.New(convoy().Spec, secrets...)
}
