package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func linear() Info {
	return Info{
		Title:    "Linear",
		Docs:     "https://linear.app/developers/webhooks",
		Name:     "Linear",
		Retries:  after(time.Minute, time.Hour, 6*time.Hour),
		Timeout:  5 * time.Second,
		Unsigned: "id, type",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "linear",
			Headers:         verify.Headers{Signature: "Linear-Signature", ID: "Linear-Delivery", Type: "Linear-Event"},
			TimestampMember: "webhookTimestamp",
			TimestampUnit:   time.Millisecond,
		},
	}
}

// Linear returns the scheme "linear": Linear-Signature is the hexadecimal
// HMAC-SHA256 of the body. See https://linear.app/developers/webhooks.
//
// The time is in the body, as webhookTimestamp, and so is signed; the scheme
// checks it against its Tolerance, for which Linear recommends a minute. The id
// is Linear-Delivery and the type Linear-Event. Neither is signed, so the
// Envelope has a ContentDigest.
//
// For the error see [verify.New].
func Linear(secrets ...string) (*verify.Scheme, error) {
	return verify.New(linear().Spec, secrets...)
}
