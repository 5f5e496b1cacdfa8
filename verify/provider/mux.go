package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func mux() Info {
	return Info{
		Title:    "Mux",
		Docs:     "https://www.mux.com/docs/core/verify-webhook-signatures",
		Name:     "Mux",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "mux",
			Headers:         verify.Headers{Signature: "Mux-Signature"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "v1=",
			Separator:       ",",
			TimestampPrefix: "t=",
			IDMembers:       []string{"id"},
			TypeMembers:     []string{"type"},
		},
	}
}

// Mux returns the scheme "mux": Mux-Signature lists the Unix time, as t=, and
// the hexadecimal HMAC-SHA256 of that time, a full stop, and the body, as v1=.
// See https://www.mux.com/docs/core/verify-webhook-signatures.
//
// The id and the type are members of the body, and so are signed.
//
// For the error see [verify.New].
func Mux(secrets ...string) (*verify.Scheme, error) {
	return verify.New(mux().Spec, secrets...)
}
