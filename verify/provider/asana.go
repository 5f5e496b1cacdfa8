package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func asana() Info {
	return Info{
		Title:    "Asana",
		Docs:     "https://developers.asana.com/docs/webhooks-guide",
		Name:     "Asana",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Timeout:  10 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "asana",
			Headers:  verify.Headers{Signature: "X-Hook-Signature"},
			DigestID: true,
		},
	}
}

// Asana returns the scheme "asana": X-Hook-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is what the handshake brought, as
// X-Hook-Secret. See https://developers.asana.com/docs/webhooks-guide.
//
// A body holds several events, each with its own time. It names no id and signs
// no time: the id is the digest of the body ([verify.Spec].DigestID), and an
// attacker who has captured a delivery can send it again once the receiver has
// forgotten that id. Only HTTPS protects against capture. Heartbeats, which
// hold no events, are equal, and so are duplicates of the first.
//
// For the error see [verify.New].
func Asana(secrets ...string) (*verify.Scheme, error) {
	return verify.New(asana().Spec, secrets...)
}
