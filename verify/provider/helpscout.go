package provider

import (
	"crypto"

	"github.com/hooklatch/hooklatch/verify"
)

func helpScout() Info {
	return Info{
		Title:    "Help Scout",
		Docs:     "https://developer.helpscout.com/webhooks/",
		Name:     "HelpScout",
		Unsigned: "type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "help-scout",
			Headers:  verify.Headers{Signature: "X-HelpScout-Signature", Type: "X-HelpScout-Event"},
			Hash:     crypto.SHA1,
			Encoding: verify.Base64,
			DigestID: true,
		},
	}
}

// HelpScout returns the scheme "help-scout": X-HelpScout-Signature is the
// base64 HMAC-SHA1 of the body. See https://developer.helpscout.com/webhooks/.
//
// The type is X-HelpScout-Event, outside the signature. It names no id and
// signs no time: the id is the digest of the body ([verify.Spec].DigestID), and
// an attacker who has captured a delivery can send it again once the receiver
// has forgotten that id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func HelpScout(secrets ...string) (*verify.Scheme, error) {
	return verify.New(helpScout().Spec, secrets...)
}
