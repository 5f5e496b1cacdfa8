package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func customerIO() Info {
	return Info{
		Title:    "Customer.io",
		Docs:     "https://docs.customer.io/journeys/webhooks/",
		Name:     "CustomerIO",
		Retries:  Retries{Known: true, Horizon: 7 * 24 * time.Hour},
		Timeout:  4 * time.Second,
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "customer.io",
			Headers:     verify.Headers{Signature: "X-CIO-Signature", Timestamp: "X-CIO-Timestamp"},
			Signed:      "v0:{timestamp}:{body}",
			IDMembers:   []string{"event_id"},
			TypeMembers: []string{"metric"},
		},
	}
}

// CustomerIO returns the scheme "customer.io": X-CIO-Signature is the
// hexadecimal HMAC-SHA256 of "v0:", the Unix time in X-CIO-Timestamp, ":" and
// the body. See https://docs.customer.io/journeys/webhooks/.
//
// These are the reporting webhooks. The id and, as metric, the type are members
// of the body, and so are signed.
//
// For the error see [verify.New].
func CustomerIO(secrets ...string) (*verify.Scheme, error) {
	return verify.New(customerIO().Spec, secrets...)
}
