package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func circleCI() Info {
	return Info{
		Title:    "CircleCI",
		Docs:     "https://circleci.com/docs/guides/integration/outbound-webhooks/",
		Name:     "CircleCI",
		Timeout:  5 * time.Second,
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "circleci",
			Headers:     verify.Headers{Signature: "Circleci-Signature"},
			Prefix:      "v1=",
			Separator:   ",",
			IDMembers:   []string{"id"},
			TypeMembers: []string{"type"},
		},
	}
}

// CircleCI returns the scheme "circleci": Circleci-Signature lists, as v1=, the
// hexadecimal HMAC-SHA256 of the body. See
// https://circleci.com/docs/guides/integration/outbound-webhooks/.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func CircleCI(secrets ...string) (*verify.Scheme, error) {
	return verify.New(circleCI().Spec, secrets...)
}
