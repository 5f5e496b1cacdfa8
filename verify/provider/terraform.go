package provider

import (
	"crypto"

	"github.com/hooklatch/hooklatch/verify"
)

func terraform() Info {
	return Info{
		Title:    "HCP Terraform",
		Docs:     "https://developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications",
		Name:     "Terraform",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "terraform",
			Headers:     verify.Headers{Signature: "X-TFE-Notification-Signature"},
			Hash:        crypto.SHA512,
			TypeMembers: []string{"notifications[].trigger"},
			DigestID:    true,
		},
	}
}

// Terraform returns the scheme "terraform": X-TFE-Notification-Signature is the
// hexadecimal HMAC-SHA512 of the body. See
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications.
//
// The type is the notification's trigger. It names no id and signs no time: the
// id is the digest of the body ([verify.Spec].DigestID), and an attacker who
// has captured a delivery can send it again once the receiver has forgotten
// that id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func Terraform(secrets ...string) (*verify.Scheme, error) {
	return verify.New(terraform().Spec, secrets...)
}
