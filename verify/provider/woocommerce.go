package provider

import "github.com/hooklatch/hooklatch/verify"

func wooCommerce() Info {
	return Info{
		Title:    "WooCommerce",
		Docs:     "https://woocommerce.com/document/webhooks/",
		Name:     "WooCommerce",
		Retries:  Retries{Known: true},
		Unsigned: "id, type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:     "woocommerce",
			Headers:  verify.Headers{Signature: "X-WC-Webhook-Signature", ID: "X-WC-Webhook-Delivery-ID", Type: "X-WC-Webhook-Topic"},
			Encoding: verify.Base64,
		},
	}
}

// WooCommerce returns the scheme "woocommerce": X-WC-Webhook-Signature is the
// base64 HMAC-SHA256 of the body. See
// https://woocommerce.com/document/webhooks/.
//
// The id is X-WC-Webhook-Delivery-ID, and the type X-WC-Webhook-Topic. Neither
// the id nor the type is signed, and there is no timestamp: an attacker who has
// captured a delivery can send it again at any time and under any id. Only
// HTTPS protects against capture.
//
// WooCommerce does not retry. It disables a webhook after five failures in a
// row.
//
// For the error see [verify.New].
func WooCommerce(secrets ...string) (*verify.Scheme, error) {
	return verify.New(wooCommerce().Spec, secrets...)
}
