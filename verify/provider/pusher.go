package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func pusher() Info {
	return Info{
		Title:    "Pusher Channels",
		Docs:     "https://pusher.com/docs/channels/server_api/webhooks/",
		Name:     "Pusher",
		Retries:  Retries{Known: true, Horizon: 5 * time.Minute},
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "pusher",
			Headers:     verify.Headers{Signature: "X-Pusher-Signature"},
			TypeMembers: []string{"events[].name"},
			DigestID:    true,
		},
	}
}

// Pusher returns the scheme "pusher": X-Pusher-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is that of the key in X-Pusher-Key. See
// https://pusher.com/docs/channels/server_api/webhooks/.
//
// The type is the events' name, if all have the same. It names no id and signs
// no time: the id is the digest of the body ([verify.Spec].DigestID), and an
// attacker who has captured a delivery can send it again once the receiver has
// forgotten that id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func Pusher(secrets ...string) (*verify.Scheme, error) {
	return verify.New(pusher().Spec, secrets...)
}
