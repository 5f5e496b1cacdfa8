package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func outpostStandard() Info {
	return Info{
		Title:    "Outpost, Standard Webhooks mode",
		Docs:     "https://hookdeck.com/docs/outpost/destinations/webhook",
		Name:     "OutpostStandard",
		Timeout:  5 * time.Second,
		Unsigned: "type",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "outpost-standard",
			Headers:         verify.Headers{Signature: "Webhook-Signature", Timestamp: "Webhook-Timestamp", ID: "Webhook-Id", Type: "Webhook-Topic"},
			Signed:          "{id}.{timestamp}.{body}",
			Prefix:          "v1,",
			PublicKeyPrefix: "v1a,",
			Encoding:        verify.Base64,
			Separator:       " ",
			ParseKey:        parseStandardKey,
		},
	}
}

// OutpostStandard returns the scheme "outpost-standard": the signatures are
// those of [StandardWebhooks], and so are the secrets. See
// https://hookdeck.com/docs/outpost/destinations/webhook.
//
// The type is Webhook-Topic, outside the signature. The id is signed, so the
// Envelope has no ContentDigest.
//
// For the error see [verify.New].
func OutpostStandard(secrets ...string) (*verify.Scheme, error) {
	return verify.New(outpostStandard().Spec, secrets...)
}
