package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func razorpay() Info {
	return Info{
		Title:    "Razorpay",
		Docs:     "https://razorpay.com/docs/webhooks/validate-test/",
		Name:     "Razorpay",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Timeout:  5 * time.Second,
		Unsigned: "id, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "razorpay",
			Headers:     verify.Headers{Signature: "X-Razorpay-Signature", ID: "X-Razorpay-Event-Id"},
			TypeMembers: []string{"event"},
		},
	}
}

// Razorpay returns the scheme "razorpay": X-Razorpay-Signature is the
// hexadecimal HMAC-SHA256 of the body. See
// https://razorpay.com/docs/webhooks/validate-test/.
//
// The id is X-Razorpay-Event-Id, and the type the body's event. The id is not
// signed, and there is no timestamp: an attacker who has captured a delivery
// can send it again at any time and under any id. Only HTTPS protects against
// capture.
//
// For the error see [verify.New].
func Razorpay(secrets ...string) (*verify.Scheme, error) {
	return verify.New(razorpay().Spec, secrets...)
}
