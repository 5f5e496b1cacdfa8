package provider

import "github.com/hooklatch/hooklatch/verify"

func forgejo() Info {
	return Info{
		Title:    "Forgejo",
		Docs:     "https://forgejo.org/docs/latest/user/webhooks/",
		Name:     "Forgejo",
		Retries:  Retries{Known: true},
		Unsigned: "type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "forgejo",
			Headers:  verify.Headers{Signature: "X-Forgejo-Signature", Type: "X-Forgejo-Event"},
			DigestID: true,
		},
	}
}

// Forgejo returns the scheme "forgejo": X-Forgejo-Signature is the hexadecimal
// HMAC-SHA256 of the body. See https://forgejo.org/docs/latest/user/webhooks/.
//
// The type is X-Forgejo-Event, and the id the digest of the body, for the
// reasons that [Gitea] has. Set the webhook's content type to JSON.
//
// For the error see [verify.New].
func Forgejo(secrets ...string) (*verify.Scheme, error) {
	return verify.New(forgejo().Spec, secrets...)
}
