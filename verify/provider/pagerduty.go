package provider

import "github.com/hooklatch/hooklatch/verify"

func pagerDuty() Info {
	return Info{
		Title:    "PagerDuty",
		Docs:     "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
		Name:     "PagerDuty",
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "pagerduty",
			Headers:     verify.Headers{Signature: "X-PagerDuty-Signature"},
			Prefix:      "v1=",
			Separator:   ",",
			IDMembers:   []string{"event.id"},
			TypeMembers: []string{"event.event_type"},
		},
	}
}

// PagerDuty returns the scheme "pagerduty": X-PagerDuty-Signature lists
// hexadecimal HMAC-SHA256 signatures of the body, as v1=. See
// https://developer.pagerduty.com/docs/verifying-webhook-signatures.
//
// These are the webhooks of version 3. The id and the type are those of the
// body's event, and so are signed. No time is signed: a captured delivery
// verifies forever, though always under its own id.
//
// For the error see [verify.New].
func PagerDuty(secrets ...string) (*verify.Scheme, error) {
	return verify.New(pagerDuty().Spec, secrets...)
}
