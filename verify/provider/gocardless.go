package provider

import "github.com/hooklatch/hooklatch/verify"

func goCardless() Info {
	return Info{
		Title:    "GoCardless",
		Docs:     "https://developer.gocardless.com/api-reference/#webhooks-overview",
		Name:     "GoCardless",
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "gocardless",
			Headers:     verify.Headers{Signature: "Webhook-Signature"},
			IDMembers:   []string{"events[].id"},
			TypeMembers: []string{"events[].resource_type"},
		},
	}
}

// GoCardless returns the scheme "gocardless": Webhook-Signature is the
// hexadecimal HMAC-SHA256 of the body. See
// https://developer.gocardless.com/api-reference/#webhooks-overview.
//
// A body holds up to 250 events. The id stands for all of them, and the type is
// their resource_type, if all have the same. No time is signed: a captured
// delivery verifies forever, though always under its own id.
//
// For the error see [verify.New].
func GoCardless(secrets ...string) (*verify.Scheme, error) {
	return verify.New(goCardless().Spec, secrets...)
}
