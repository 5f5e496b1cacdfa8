package provider

import (
	"crypto"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func vercel() Info {
	return Info{
		Title:    "Vercel",
		Docs:     "https://vercel.com/docs/webhooks/webhooks-api",
		Name:     "Vercel",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "vercel",
			Headers:     verify.Headers{Signature: "X-Vercel-Signature"},
			Hash:        crypto.SHA1,
			IDMembers:   []string{"id"},
			TypeMembers: []string{"type"},
		},
	}
}

// Vercel returns the scheme "vercel": X-Vercel-Signature is the hexadecimal
// HMAC-SHA1 of the body. See https://vercel.com/docs/webhooks/webhooks-api.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func Vercel(secrets ...string) (*verify.Scheme, error) {
	return verify.New(vercel().Spec, secrets...)
}
