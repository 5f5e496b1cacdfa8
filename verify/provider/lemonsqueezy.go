package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func lemonSqueezy() Info {
	return Info{
		Title:    "Lemon Squeezy",
		Docs:     "https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
		Name:     "LemonSqueezy",
		Retries:  after(5*time.Second, 25*time.Second, 125*time.Second),
		Unsigned: "type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "lemon-squeezy",
			Headers:  verify.Headers{Signature: "X-Signature", Type: "X-Event-Name"},
			DigestID: true,
		},
	}
}

// LemonSqueezy returns the scheme "lemon-squeezy": X-Signature is the
// hexadecimal HMAC-SHA256 of the body. See
// https://docs.lemonsqueezy.com/help/webhooks/signing-requests.
//
// The type is X-Event-Name, outside the signature. It names no id and signs no
// time: the id is the digest of the body ([verify.Spec].DigestID), and an
// attacker who has captured a delivery can send it again once the receiver has
// forgotten that id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func LemonSqueezy(secrets ...string) (*verify.Scheme, error) {
	return verify.New(lemonSqueezy().Spec, secrets...)
}
