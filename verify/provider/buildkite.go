package provider

import "github.com/hooklatch/hooklatch/verify"

func buildkite() Info {
	return Info{
		Title:    "Buildkite",
		Docs:     "https://buildkite.com/docs/apis/webhooks/pipelines",
		Name:     "Buildkite",
		Unsigned: "type",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "buildkite",
			Headers:         verify.Headers{Signature: "X-Buildkite-Signature", Type: "X-Buildkite-Event"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "signature=",
			Separator:       ",",
			TimestampPrefix: "timestamp=",
			DigestID:        true,
		},
	}
}

// Buildkite returns the scheme "buildkite": X-Buildkite-Signature lists the
// Unix time, as timestamp=, and the hexadecimal HMAC-SHA256 of that time, a
// full stop, and the body, as signature=. See
// https://buildkite.com/docs/apis/webhooks/pipelines.
//
// The type is X-Buildkite-Event, outside the signature. It names no id: the id
// is the digest of the body ([verify.Spec].DigestID).
//
// For the error see [verify.New].
func Buildkite(secrets ...string) (*verify.Scheme, error) {
	return verify.New(buildkite().Spec, secrets...)
}
