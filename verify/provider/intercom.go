package provider

import (
	"crypto"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func intercom() Info {
	return Info{
		Title:    "Intercom",
		Docs:     "https://developers.intercom.com/docs/webhooks/webhook-notifications",
		Name:     "Intercom",
		Timeout:  5 * time.Second,
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "intercom",
			Headers:     verify.Headers{Signature: "X-Hub-Signature"},
			Prefix:      "sha1=",
			Hash:        crypto.SHA1,
			IDMembers:   []string{"id"},
			TypeMembers: []string{"topic"},
		},
	}
}

// Intercom returns the scheme "intercom": X-Hub-Signature is "sha1=" and the
// hexadecimal HMAC-SHA1 of the body. The secret is the app's client secret. See
// https://developers.intercom.com/docs/webhooks/webhook-notifications.
//
// The id and, as topic, the type are members of the body, and so are signed. No
// time is signed: a captured delivery verifies forever, though always under
// its own id.
//
// For the error see [verify.New].
func Intercom(secrets ...string) (*verify.Scheme, error) {
	return verify.New(intercom().Spec, secrets...)
}
