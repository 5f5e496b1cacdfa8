package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func bitbucket() Info {
	return Info{
		Title:    "Bitbucket Cloud",
		Docs:     "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
		Name:     "Bitbucket",
		Timeout:  10 * time.Second,
		Unsigned: "id, type, time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:    "bitbucket",
			Headers: verify.Headers{Signature: "X-Hub-Signature", ID: "X-Request-UUID", Type: "X-Event-Key"},
			Prefix:  "sha256=",
		},
	}
}

// Bitbucket returns the scheme "bitbucket": X-Hub-Signature is "sha256=" and
// the hexadecimal HMAC-SHA256 of the body. See
// https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/.
//
// The id is X-Request-UUID, and the type X-Event-Key, such as "repo:push".
// Neither the id nor the type is signed, and there is no timestamp: an attacker
// who has captured a delivery can send it again at any time and under any id.
// Only HTTPS protects against capture.
//
// For the error see [verify.New].
func Bitbucket(secrets ...string) (*verify.Scheme, error) {
	return verify.New(bitbucket().Spec, secrets...)
}
