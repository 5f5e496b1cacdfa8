package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func zendesk() Info {
	return Info{
		Title:    "Zendesk",
		Docs:     "https://developer.zendesk.com/documentation/webhooks/verifying/",
		Name:     "Zendesk",
		Timeout:  12 * time.Second,
		Unsigned: "id",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name: "zendesk",
			Headers: verify.Headers{
				Signature: "X-Zendesk-Webhook-Signature",
				Timestamp: "X-Zendesk-Webhook-Signature-Timestamp",
				ID:        "X-Zendesk-Webhook-Invocation-Id",
			},
			Signed:          "{timestamp}{body}",
			Encoding:        verify.Base64,
			TimestampLayout: time.RFC3339,
			TypeMembers:     []string{"type"},
		},
	}
}

// Zendesk returns the scheme "zendesk": X-Zendesk-Webhook-Signature is the
// base64 HMAC-SHA256 of the time in X-Zendesk-Webhook-Signature-Timestamp, of
// RFC 3339, and the body. See
// https://developer.zendesk.com/documentation/webhooks/verifying/.
//
// The id is X-Zendesk-Webhook-Invocation-Id, which is not signed, so the
// Envelope has a ContentDigest. The type is the body's, in event subscriptions;
// the body of a trigger is what its author wrote.
//
// For the error see [verify.New].
func Zendesk(secrets ...string) (*verify.Scheme, error) {
	return verify.New(zendesk().Spec, secrets...)
}
