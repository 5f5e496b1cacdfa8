package provider

import "github.com/hooklatch/hooklatch/verify"

// shopify: base64 HMAC-SHA256 of the body.
func shopify() verify.Spec {
	return verify.Spec{
		Name: "shopify",
		Headers: verify.Headers{
			Signature: "X-Shopify-Hmac-Sha256",
			ID:        "X-Shopify-Webhook-Id",
			Type:      "X-Shopify-Topic",
		},
		Encoding: verify.Base64,
	}
}

// Shopify returns the scheme "shopify": X-Shopify-Hmac-Sha256 is the base64
// HMAC-SHA256 of the body. The secret is the app's client secret. See
// https://shopify.dev/docs/apps/build/webhooks/verify-deliveries.
//
// The id is X-Shopify-Webhook-Id, one for each delivery and the same on every
// retry; X-Shopify-Event-Id, which all subscriptions to an event share, is not
// read. The type is X-Shopify-Topic. Neither is signed, and
// X-Shopify-Triggered-At isn't either: whoever holds a captured delivery can
// send it again at any time and under any id. Only HTTPS protects against
// capture.
//
// The error is as [verify.New]'s.
func Shopify(secrets ...string) (*verify.Scheme, error) {
	return verify.New(shopify(), secrets...)
}
