package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func sentry() Info {
	return Info{
		Title:    "Sentry",
		Docs:     "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
		Name:     "Sentry",
		Timeout:  time.Second,
		Unsigned: "id, type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:    "sentry",
			Headers: verify.Headers{Signature: "Sentry-Hook-Signature", ID: "Request-ID", Type: "Sentry-Hook-Resource"},
		},
	}
}

// Sentry returns the scheme "sentry": Sentry-Hook-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is the integration's client secret. See
// https://docs.sentry.io/organization/integrations/integration-platform/webhooks/.
//
// The id is Request-ID, and the type Sentry-Hook-Resource. Neither the id nor
// the type is signed, and there is no timestamp: an attacker who has captured a
// delivery can send it again at any time and under any id. Only HTTPS protects
// against capture.
//
// For the error see [verify.New].
func Sentry(secrets ...string) (*verify.Scheme, error) {
	return verify.New(sentry().Spec, secrets...)
}
