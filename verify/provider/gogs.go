package provider

import "github.com/hooklatch/hooklatch/verify"

func gogs() Info {
	return Info{
		Title:    "Gogs",
		Docs:     "https://gogs.io/docs/features/webhook",
		Name:     "Gogs",
		Retries:  Retries{Known: true},
		Unsigned: "type, time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:     "gogs",
			Headers:  verify.Headers{Signature: "X-Gogs-Signature", Type: "X-Gogs-Event"},
			DigestID: true,
		},
	}
}

// Gogs returns the scheme "gogs": X-Gogs-Signature is the hexadecimal
// HMAC-SHA256 of the body. See https://gogs.io/docs/features/webhook.
//
// The type is X-Gogs-Event, and the id the digest of the body, for the reasons
// that [Gitea] has. Set the webhook's content type to JSON.
//
// For the error see [verify.New].
func Gogs(secrets ...string) (*verify.Scheme, error) {
	return verify.New(gogs().Spec, secrets...)
}
