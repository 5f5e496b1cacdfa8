package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func slack() Info {
	return Info{
		Title:   "Slack",
		Docs:    "https://docs.slack.dev/authentication/verifying-requests-from-slack",
		Name:    "Slack",
		Retries: after(0, time.Minute, 5*time.Minute),
		Timeout: 3 * time.Second,
		Proof:   ProofVector,
		Spec: verify.Spec{
			Name: "slack",
			Headers: verify.Headers{
				Signature: "X-Slack-Signature",
				Timestamp: "X-Slack-Request-Timestamp",
			},
			Signed:      "v0:{timestamp}:{body}",
			Prefix:      "v0=",
			IDMembers:   []string{"event_id"},
			TypeMembers: []string{"event.type", "type"},
		},
	}
}

// Slack returns the scheme "slack": X-Slack-Signature is "v0=" and the
// hexadecimal HMAC-SHA256 of "v0:", the Unix time in
// X-Slack-Request-Timestamp, ":" and the body. The secret is the app's signing
// secret. See https://docs.slack.dev/authentication/verifying-requests-from-slack.
//
// For a delivery of the Events API, the id is the body's event_id, the same on
// every retry, and the type is that of the event within ("app_mention"), not
// the "event_callback" around it. Other JSON bodies have their own type, such
// as "url_verification", and no id. Slash commands and interactions are forms.
// They have neither, and Slack does not retry them. The layer Once refuses what
// has no id: answer those in a layer of your own between Verify and Once.
//
// The id is part of the signed body, so the Envelope has no ContentDigest.
//
// For the error see [verify.New].
func Slack(secrets ...string) (*verify.Scheme, error) {
	return verify.New(slack().Spec, secrets...)
}
