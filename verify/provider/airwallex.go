package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func airwallex() Info {
	return Info{
		Title:    "Airwallex",
		Docs:     "https://www.airwallex.com/docs/developer-tools__listen-for-webhook-events",
		Name:     "Airwallex",
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:          "airwallex",
			Headers:       verify.Headers{Signature: "X-Signature", Timestamp: "X-Timestamp"},
			Signed:        "{timestamp}{body}",
			TimestampUnit: time.Millisecond,
			IDMembers:     []string{"id"},
			TypeMembers:   []string{"name"},
		},
	}
}

// Airwallex returns the scheme "airwallex": X-Signature is the hexadecimal
// HMAC-SHA256 of the time in X-Timestamp, in milliseconds, and the body. See
// https://www.airwallex.com/docs/developer-tools__listen-for-webhook-events.
//
// The id and, as name, the type are members of the body, and so are signed.
//
// For the error see [verify.New].
func Airwallex(secrets ...string) (*verify.Scheme, error) {
	return verify.New(airwallex().Spec, secrets...)
}
