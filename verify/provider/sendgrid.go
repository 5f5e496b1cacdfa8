package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func sendGrid() Info {
	return Info{
		Title:   "Twilio SendGrid",
		Docs:    "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
		Name:    "SendGrid",
		Retries: Retries{Known: true, Horizon: 24 * time.Hour},
		Proof:   ProofVector,
		Spec: verify.Spec{
			Name: "sendgrid",
			Headers: verify.Headers{
				Signature: "X-Twilio-Email-Event-Webhook-Signature",
				Timestamp: "X-Twilio-Email-Event-Webhook-Timestamp",
			},
			Signed:      "{timestamp}{body}",
			Encoding:    verify.Base64,
			ParseKey:    parseP256,
			IDMembers:   []string{"[].sg_event_id"},
			TypeMembers: []string{"[].event"},
		},
	}
}

// SendGrid returns the scheme "sendgrid", of the Event Webhook:
// X-Twilio-Email-Event-Webhook-Signature is the base64 ECDSA signature, over
// P-256, of the SHA-256 of the Unix time in
// X-Twilio-Email-Event-Webhook-Timestamp and the body. The key is the public key
// that SendGrid shows, in base64. See
// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features.
//
// A body is an array of events. The id stands for the sg_event_id of all of them,
// and the type is their event, if all have the same. Both are signed. SendGrid
// may put events together differently when it sends them again: let handlers look
// at the ids of the events, too.
//
// For the error see [verify.New].
func SendGrid(publicKeys ...string) (*verify.Scheme, error) {
	return verify.New(sendGrid().Spec, publicKeys...)
}
