package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func twitch() Info {
	return Info{
		Title:    "Twitch EventSub",
		Docs:     "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
		Name:     "Twitch",
		Unsigned: "type",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name: "twitch",
			Headers: verify.Headers{
				Signature: "Twitch-Eventsub-Message-Signature",
				Timestamp: "Twitch-Eventsub-Message-Timestamp",
				ID:        "Twitch-Eventsub-Message-Id",
				Type:      "Twitch-Eventsub-Subscription-Type",
			},
			Signed:          "{id}{timestamp}{body}",
			Prefix:          "sha256=",
			TimestampLayout: time.RFC3339,
		},
	}
}

// Twitch returns the scheme "twitch": Twitch-Eventsub-Message-Signature is
// "sha256=" and the hexadecimal HMAC-SHA256 of the id, the time of RFC 3339,
// and the body. See
// https://dev.twitch.tv/docs/eventsub/handling-webhook-events/.
//
// The id is Twitch-Eventsub-Message-Id, the same on every retry, and is signed.
// The type is Twitch-Eventsub-Subscription-Type, outside the signature. So is
// Twitch-Eventsub-Message-Type, which tells notifications from revocations:
// trust the body. Twitch recommends a Tolerance of 10 minutes.
//
// For the error see [verify.New].
func Twitch(secrets ...string) (*verify.Scheme, error) {
	return verify.New(twitch().Spec, secrets...)
}
