package provider

import (
	"crypto"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func twilio() Info {
	return Info{
		Title:    "Twilio",
		Docs:     "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
		Name:     "Twilio",
		Timeout:  15 * time.Second,
		Unsigned: "id, time, the borders between the names and values of a form",
		Proof:    ProofVector,
		Form:     true,
		Spec: verify.Spec{
			Name:     "twilio",
			Headers:  verify.Headers{Signature: "X-Twilio-Signature", ID: "I-Twilio-Idempotency-Token"},
			Signed:   "{url}{body}",
			Open:     openTwilio,
			Hash:     crypto.SHA1,
			Encoding: verify.Base64,
			DigestID: true,
		},
	}
}

// Twilio returns the scheme "twilio": X-Twilio-Signature is the base64 HMAC-SHA1
// of the URL and, for a form, its names and values, ordered by name, with nothing
// between them. For any other body the URL has its SHA-256, as bodySHA256. The
// secret is the account's auth token. See
// https://www.twilio.com/docs/usage/webhooks/webhooks-security.
//
// The id is I-Twilio-Idempotency-Token, the same on every retry; without one it is
// the digest of the body ([verify.Spec].DigestID). The type is a form's
// MessageStatus, CallStatus, SmsStatus or EventType. No time is signed, and nor is
// the id: an attacker who has captured a delivery can send it again at any time
// and under any id. Nor is it signed where in a form a name ends and its value
// begins. Only HTTPS protects against capture.
//
// The URL is the address under which Twilio knows the endpoint, which only
// configuration can tell: see [verify.Spec].PublicURL. Give it a path, so that a
// genuine request can't be cut elsewhere between its path and its form.
//
// For the error see [verify.New].
func Twilio(url string, authTokens ...string) (*verify.Scheme, error) {
	return twilio().New(url, authTokens...)
}
