package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func discord() Info {
	return Info{
		Title:   "Discord",
		Docs:    "https://docs.discord.com/developers/events/webhook-events",
		Name:    "Discord",
		Timeout: 3 * time.Second,
		Proof:   ProofOwn,
		Spec: verify.Spec{
			Name:        "discord",
			Headers:     verify.Headers{Signature: "X-Signature-Ed25519", Timestamp: "X-Signature-Timestamp"},
			Signed:      "{timestamp}{body}",
			ParseKey:    parseHexEd25519,
			IDMembers:   []string{"id"},
			TypeMembers: []string{"event.type", "type"},
			DigestID:    true,
		},
	}
}

// Discord returns the scheme "discord": X-Signature-Ed25519 is the hexadecimal
// ed25519 signature of the Unix time in X-Signature-Timestamp and the body. The
// key is the application's public key, in hex. See
// https://docs.discord.com/developers/events/webhook-events.
//
// It covers interactions and webhook events. The id of an interaction is
// the body's id. Webhook events name none: there the id is the digest of the body
// ([verify.Spec].DigestID), which holds the event's time. The type is the
// event's, such as "APPLICATION_AUTHORIZED", or else the body's, a number: 1 is
// the PING, which wants an answer of its own.
//
// Discord tests that wrong signatures are refused, and wants 401 for them.
//
// For the error see [verify.New].
func Discord(publicKeys ...string) (*verify.Scheme, error) {
	return verify.New(discord().Spec, publicKeys...)
}
