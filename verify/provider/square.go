package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func square() Info {
	return Info{
		Title:    "Square",
		Docs:     "https://developer.squareup.com/docs/webhooks/step3validate",
		Name:     "Square",
		Retries:  Retries{Known: true, Horizon: 72 * time.Hour},
		Timeout:  10 * time.Second,
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "square",
			Headers:     verify.Headers{Signature: "X-Square-Hmacsha256-Signature"},
			Signed:      "{url}{body}",
			Encoding:    verify.Base64,
			IDMembers:   []string{"event_id"},
			TypeMembers: []string{"type"},
		},
	}
}

// Square returns the scheme "square": X-Square-Hmacsha256-Signature is the
// base64 HMAC-SHA256 of the notification URL and the body. See
// https://developer.squareup.com/docs/webhooks/step3validate.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// The URL is the address under which the provider knows the endpoint, which
// only configuration can tell: see [verify.Spec].PublicURL.
//
// For the error see [verify.New].
func Square(url string, keys ...string) (*verify.Scheme, error) {
	return square().New(url, keys...)
}
