package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func github() Info {
	return Info{
		Title:    "GitHub",
		Docs:     "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
		Name:     "GitHub",
		Retries:  Retries{Known: true},
		Timeout:  10 * time.Second,
		Unsigned: "id, type, time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name: "github",
			Headers: verify.Headers{
				Signature: "X-Hub-Signature-256",
				ID:        "X-GitHub-Delivery",
				Type:      "X-GitHub-Event",
			},
			Prefix: "sha256=",
		},
	}
}

// GitHub returns the scheme "github": X-Hub-Signature-256 is "sha256=" and the
// hexadecimal HMAC-SHA256 of the body. The scheme does not read the old
// X-Hub-Signature, with SHA-1. See
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries.
//
// The id is X-GitHub-Delivery, and stays the same when you redeliver from the
// settings page. The type is X-GitHub-Event. Neither is signed, and there is no
// timestamp: an attacker who has captured a delivery can send it again at any
// time and under any id. Only HTTPS protects against capture.
//
// Other servers send these headers, too. One without a secret, such as Gitea's,
// sends "sha256=" alone, which is [verify.ErrMissing].
//
// For the error see [verify.New].
func GitHub(secrets ...string) (*verify.Scheme, error) {
	return verify.New(github().Spec, secrets...)
}
