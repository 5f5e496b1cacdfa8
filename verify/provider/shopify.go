package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func shopify() Info {
	return Info{
		Title:    "Shopify",
		Docs:     "https://shopify.dev/docs/apps/build/webhooks/verify-deliveries",
		Name:     "Shopify",
		Retries:  Retries{Known: true, Horizon: 4 * time.Hour},
		Timeout:  5 * time.Second,
		Unsigned: "id, type, time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name: "shopify",
			Headers: verify.Headers{
				Signature: "X-Shopify-Hmac-Sha256",
				ID:        "X-Shopify-Webhook-Id",
				Type:      "X-Shopify-Topic",
			},
			Encoding: verify.Base64,
		},
	}
}

// Shopify returns the scheme "shopify": X-Shopify-Hmac-Sha256 is the base64
// HMAC-SHA256 of the body. The secret is the app's client secret. See
// https://shopify.dev/docs/apps/build/webhooks/verify-deliveries.
//
// The id is X-Shopify-Webhook-Id, one for each delivery and the same on every
// retry. The scheme does not read X-Shopify-Event-Id, which all subscriptions to
// an event share. The type is X-Shopify-Topic. Neither is signed, and nor is
// X-Shopify-Triggered-At: an attacker who has captured a delivery can send it
// again at any time and under any id. Only HTTPS protects against capture.
//
// For the error see [verify.New].
func Shopify(secrets ...string) (*verify.Scheme, error) {
	return verify.New(shopify().Spec, secrets...)
}
