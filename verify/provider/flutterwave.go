package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func flutterwave() Info {
	return Info{
		Title:    "Flutterwave",
		Docs:     "https://developer.flutterwave.com/v3.0/docs/webhooks",
		Name:     "Flutterwave",
		Retries:  after(30*time.Minute, 30*time.Minute, 30*time.Minute),
		Timeout:  60 * time.Second,
		Unsigned: "everything: the secret is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:        "flutterwave",
			Headers:     verify.Headers{Signature: "Verif-Hash"},
			Token:       verify.TokenText,
			IDMembers:   []string{"event+data.id"},
			TypeMembers: []string{"event"},
		},
	}
}

// Flutterwave returns the scheme "flutterwave": Flutterwave signs nothing:
// Verif-Hash is the secret hash of the settings. See
// https://developer.flutterwave.com/v3.0/docs/webhooks.
//
// See [verify.TokenFormat] for what that does not prove.
//
// The id is made of the body's event and data.id; the type is its event.
//
// For the error see [verify.New].
func Flutterwave(tokens ...string) (*verify.Scheme, error) {
	return verify.New(flutterwave().Spec, tokens...)
}
