package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func stripe() Info {
	return Info{
		Title:   "Stripe",
		Docs:    "https://docs.stripe.com/webhooks#verify-manually",
		Name:    "Stripe",
		Retries: Retries{Known: true, Horizon: 72 * time.Hour},
		Proof:   ProofLibrary,
		Spec: verify.Spec{
			Name:            "stripe",
			Headers:         verify.Headers{Signature: "Stripe-Signature"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "v1=",
			Separator:       ",",
			TimestampPrefix: "t=",
			IDMembers:       []string{"id"},
			TypeMembers:     []string{"type"},
		},
	}
}

// Stripe returns the scheme "stripe": Stripe-Signature lists the Unix time, as
// t=, and hexadecimal HMAC-SHA256 signatures of that time, a full stop, and the
// body, as v1=. There are several while the secret changes. The scheme passes
// over other elements, such as the v0= of test events. See
// https://docs.stripe.com/webhooks#verify-manually.
//
// The secret is the text that Stripe shows, including its "whsec_". It isn't
// base64, unlike one of [StandardWebhooks].
//
// The id ("evt_…") and the type are the body's members "id" and "type", and so
// are signed. The id is the event's: the same on every retry and at every
// endpoint.
//
// For the error see [verify.New].
func Stripe(secrets ...string) (*verify.Scheme, error) {
	return verify.New(stripe().Spec, secrets...)
}
