package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func calendly() Info {
	return Info{
		Title:    "Calendly",
		Docs:     "https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures",
		Name:     "Calendly",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "calendly",
			Headers:         verify.Headers{Signature: "Calendly-Webhook-Signature"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "v1=",
			Separator:       ",",
			TimestampPrefix: "t=",
			TypeMembers:     []string{"event"},
			DigestID:        true,
		},
	}
}

// Calendly returns the scheme "calendly": Calendly-Webhook-Signature lists the
// Unix time, as t=, and the hexadecimal HMAC-SHA256 of that time, a full stop,
// and the body, as v1=. See
// https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures.
//
// The type is the body's event. It names no id: the id is the digest of the
// body ([verify.Spec].DigestID).
//
// For the error see [verify.New].
func Calendly(secrets ...string) (*verify.Scheme, error) {
	return verify.New(calendly().Spec, secrets...)
}
