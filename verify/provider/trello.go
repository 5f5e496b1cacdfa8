package provider

import (
	"crypto"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func trello() Info {
	return Info{
		Title:    "Trello",
		Docs:     "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
		Name:     "Trello",
		Retries:  after(30*time.Second, 60*time.Second, 120*time.Second),
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "trello",
			Headers:     verify.Headers{Signature: "X-Trello-Webhook"},
			Signed:      "{body}{url}",
			Hash:        crypto.SHA1,
			Encoding:    verify.Base64,
			IDMembers:   []string{"action.id"},
			TypeMembers: []string{"action.type"},
		},
	}
}

// Trello returns the scheme "trello": X-Trello-Webhook is the base64 HMAC-SHA1
// of the body and the callback URL, as it was given when the webhook was
// created. The secret is the app's. See
// https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/.
//
// The id and the type are those of the body's action, and so are signed. No
// time is signed: a captured delivery verifies forever, though always under
// its own id.
//
// The URL is the address under which the provider knows the endpoint, which
// only configuration can tell: see [verify.Spec].PublicURL.
//
// For the error see [verify.New].
func Trello(url string, secrets ...string) (*verify.Scheme, error) {
	return trello().New(url, secrets...)
}
