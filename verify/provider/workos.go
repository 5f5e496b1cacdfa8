package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func workOS() Info {
	return Info{
		Title:    "WorkOS",
		Docs:     "https://workos.com/docs/events/data-syncing/webhooks",
		Name:     "WorkOS",
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "workos",
			Headers:         verify.Headers{Signature: "WorkOS-Signature"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "v1=",
			Separator:       ",",
			TimestampPrefix: "t=",
			TimestampUnit:   time.Millisecond,
			IDMembers:       []string{"id"},
			TypeMembers:     []string{"event"},
		},
	}
}

// WorkOS returns the scheme "workos": WorkOS-Signature lists the time in
// milliseconds, as t=, and the hexadecimal HMAC-SHA256 of that time, a full
// stop, and the body, as v1=. See
// https://workos.com/docs/events/data-syncing/webhooks.
//
// The id and, as event, the type are members of the body, and so are signed.
//
// For the error see [verify.New].
func WorkOS(secrets ...string) (*verify.Scheme, error) {
	return verify.New(workOS().Spec, secrets...)
}
