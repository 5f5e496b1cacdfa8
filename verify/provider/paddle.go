package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func paddle() Info {
	return Info{
		Title:    "Paddle",
		Docs:     "https://developer.paddle.com/webhooks/signature-verification",
		Name:     "Paddle",
		Retries:  Retries{Known: true, Horizon: 72 * time.Hour},
		Timeout:  5 * time.Second,
		Unsigned: "",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:            "paddle",
			Headers:         verify.Headers{Signature: "Paddle-Signature"},
			Signed:          "{timestamp}:{body}",
			Prefix:          "h1=",
			Separator:       ";",
			TimestampPrefix: "ts=",
			IDMembers:       []string{"event_id"},
			TypeMembers:     []string{"event_type"},
		},
	}
}

// Paddle returns the scheme "paddle": Paddle-Signature lists the Unix time, as
// ts=, and hexadecimal HMAC-SHA256 signatures of that time, a colon, and the
// body, as h1=. See
// https://developer.paddle.com/webhooks/signature-verification.
//
// The id and the type are members of the body, and so are signed.
//
// For the error see [verify.New].
func Paddle(secrets ...string) (*verify.Scheme, error) {
	return verify.New(paddle().Spec, secrets...)
}
