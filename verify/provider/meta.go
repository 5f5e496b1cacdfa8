package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func meta() Info {
	return Info{
		Title:    "Meta (WhatsApp, Messenger, Instagram)",
		Docs:     "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
		Name:     "Meta",
		Retries:  Retries{Known: true, Horizon: 7 * 24 * time.Hour},
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "meta",
			Headers:     verify.Headers{Signature: "X-Hub-Signature-256"},
			Prefix:      "sha256=",
			TypeMembers: []string{"object"},
			DigestID:    true,
		},
	}
}

// Meta returns the scheme "meta": X-Hub-Signature-256 is "sha256=" and the
// hexadecimal HMAC-SHA256 of the body. The secret is the app secret. See
// https://developers.facebook.com/docs/graph-api/webhooks/getting-started.
//
// The type is the body's object, such as "whatsapp_business_account". It names
// no id and signs no time: the id is the digest of the body
// ([verify.Spec].DigestID), and an attacker who has captured a delivery can
// send it again once the receiver has forgotten that id. Only HTTPS protects
// against capture.
//
// A body may hold several events, and Meta may put them together differently
// when it sends them again. Let handlers look at the ids of the messages, too.
//
// For the error see [verify.New].
func Meta(secrets ...string) (*verify.Scheme, error) {
	return verify.New(meta().Spec, secrets...)
}
