package provider

import "github.com/hooklatch/hooklatch/verify"

func gitea() Info {
	return Info{
		Title:    "Gitea",
		Docs:     "https://docs.gitea.com/usage/webhooks",
		Name:     "Gitea",
		Retries:  Retries{Known: true},
		Unsigned: "type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "gitea",
			Headers:  verify.Headers{Signature: "X-Gitea-Signature", Type: "X-Gitea-Event"},
			DigestID: true,
		},
	}
}

// Gitea returns the scheme "gitea": X-Gitea-Signature is the hexadecimal
// HMAC-SHA256 of the body. See https://docs.gitea.com/usage/webhooks.
//
// The type is X-Gitea-Event. The id is the digest of the body
// ([verify.Spec].DigestID). X-Gitea-Delivery would not do: when a delivery is
// replayed from the settings page, Gitea sends the same body under a new one.
//
// No time is signed: a captured delivery verifies forever. Set the webhook's
// content type to JSON: for a form, Gitea signs the JSON in it and not the body
// that it sends. Gitea also sends GitHub's headers, whose id changes likewise;
// with this scheme they are not read.
//
// For the error see [verify.New].
func Gitea(secrets ...string) (*verify.Scheme, error) {
	return verify.New(gitea().Spec, secrets...)
}
