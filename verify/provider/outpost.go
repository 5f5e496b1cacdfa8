package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func outpost() Info {
	return Info{
		Title:    "Outpost",
		Docs:     "https://hookdeck.com/docs/outpost/guides/verify-webhook-signatures",
		Name:     "Outpost",
		Timeout:  5 * time.Second,
		Unsigned: "id, type, time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:       "outpost",
			Headers:    verify.Headers{Signature: "X-Outpost-Signature", ID: "X-Outpost-Event-Id", Type: "X-Outpost-Topic"},
			ListPrefix: "v0=",
			Separator:  ",",
		},
	}
}

// Outpost returns the scheme "outpost": X-Outpost-Signature is "v0=" and one or
// more hexadecimal HMAC-SHA256 signatures of the body, separated by commas:
// there are two while the secret changes. See
// https://hookdeck.com/docs/outpost/guides/verify-webhook-signatures.
//
// This is Outpost's default mode, with its default header names. An operator
// can rename them: start from this row's [Info].Spec then. For Outpost's other
// mode use [OutpostStandard].
//
// The id is X-Outpost-Event-Id, the same on every retry, and the type
// X-Outpost-Topic. Neither is signed, and nor is X-Outpost-Timestamp: an
// attacker who has captured a delivery can send it again at any time and under
// any id. Only HTTPS protects against capture. The secret is the text that
// Outpost shows, including its "whsec_".
//
// Outpost gives up on an answer after 5 seconds and ignores Retry-After.
//
// For the error see [verify.New].
func Outpost(secrets ...string) (*verify.Scheme, error) {
	return verify.New(outpost().Spec, secrets...)
}
