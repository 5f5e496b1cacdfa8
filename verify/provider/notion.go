package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func notion() Info {
	return Info{
		Title:    "Notion",
		Docs:     "https://developers.notion.com/reference/webhooks",
		Name:     "Notion",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "notion",
			Headers:     verify.Headers{Signature: "X-Notion-Signature"},
			Prefix:      "sha256=",
			IDMembers:   []string{"id"},
			TypeMembers: []string{"type"},
		},
	}
}

// Notion returns the scheme "notion": X-Notion-Signature is "sha256=" and the
// hexadecimal HMAC-SHA256 of the body. The secret is the subscription's
// verification token. See https://developers.notion.com/reference/webhooks.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Notion(secrets ...string) (*verify.Scheme, error) {
	return verify.New(notion().Spec, secrets...)
}
