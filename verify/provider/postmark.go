package provider

import "github.com/hooklatch/hooklatch/verify"

func postmark() Info {
	return Info{
		Title:    "Postmark",
		Docs:     "https://postmarkapp.com/developer/webhooks/webhooks-overview",
		Name:     "Postmark",
		Unsigned: "everything: the password is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:        "postmark",
			Headers:     verify.Headers{Signature: "Authorization"},
			Token:       verify.TokenAuthorization,
			TypeMembers: []string{"RecordType"},
			DigestID:    true,
		},
	}
}

// Postmark returns the scheme "postmark": Postmark signs nothing: it sends the
// user and the password in the webhook's URL as Basic credentials. The secret
// is written "user:password". See
// https://postmarkapp.com/developer/webhooks/webhooks-overview.
//
// See [verify.TokenFormat] for what that does not prove.
//
// The type is the body's RecordType. The id is the digest of the body
// ([verify.Spec].DigestID).
//
// For the error see [verify.New].
func Postmark(credentials ...string) (*verify.Scheme, error) {
	return verify.New(postmark().Spec, credentials...)
}
