package provider

import "github.com/hooklatch/hooklatch/verify"

func cloudflare() Info {
	return Info{
		Title:    "Cloudflare notifications",
		Docs:     "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
		Name:     "Cloudflare",
		Unsigned: "everything: the secret is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:        "cloudflare",
			Headers:     verify.Headers{Signature: "Cf-Webhook-Auth"},
			Token:       verify.TokenText,
			TypeMembers: []string{"alert_type"},
			DigestID:    true,
		},
	}
}

// Cloudflare returns the scheme "cloudflare": Cloudflare signs nothing:
// Cf-Webhook-Auth is the secret of the destination. See
// https://developers.cloudflare.com/notifications/get-started/configure-webhooks/.
//
// See [verify.TokenFormat] for what that does not prove.
//
// The type is the body's alert_type. The id is the digest of the body
// ([verify.Spec].DigestID), which names the time of the alert, ts.
//
// For the error see [verify.New].
func Cloudflare(tokens ...string) (*verify.Scheme, error) {
	return verify.New(cloudflare().Spec, tokens...)
}
