package provider

import (
	"crypto"

	"github.com/hooklatch/hooklatch/verify"
)

func mandrill() Info {
	return Info{
		Title:    "Mailchimp Transactional (Mandrill)",
		Docs:     "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
		Name:     "Mandrill",
		Unsigned: "time",
		Proof:    ProofOwn,
		Form:     true,
		Spec: verify.Spec{
			Name:     "mandrill",
			Headers:  verify.Headers{Signature: "X-Mandrill-Signature"},
			Signed:   "{url}{body}",
			Open:     openForm,
			Hash:     crypto.SHA1,
			Encoding: verify.Base64,
			DigestID: true,
		},
	}
}

// Mandrill returns the scheme "mandrill": X-Mandrill-Signature is the base64
// HMAC-SHA1 of the webhook's URL and the form's names and values, ordered by name,
// with nothing between them. The secret is the webhook's key. See
// https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/.
//
// A form's field mandrill_events holds an array of events. The id is the digest of
// the body ([verify.Spec].DigestID); there is no type. No time is signed: a
// captured delivery verifies forever.
//
// The URL is the address under which Mandrill knows the endpoint, which only
// configuration can tell: see [verify.Spec].PublicURL.
//
// For the error see [verify.New].
func Mandrill(url string, keys ...string) (*verify.Scheme, error) {
	return mandrill().New(url, keys...)
}
