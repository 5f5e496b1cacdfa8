package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func coinbaseCommerce() Info {
	return Info{
		Title:    "Coinbase Commerce",
		Docs:     "https://docs.cdp.coinbase.com/commerce/webhooks/security",
		Name:     "CoinbaseCommerce",
		Retries:  Retries{Known: true, Horizon: 72 * time.Hour},
		Unsigned: "time",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:        "coinbase-commerce",
			Headers:     verify.Headers{Signature: "X-CC-Webhook-Signature"},
			IDMembers:   []string{"event.id"},
			TypeMembers: []string{"event.type"},
		},
	}
}

// CoinbaseCommerce returns the scheme "coinbase-commerce":
// X-CC-Webhook-Signature is the hexadecimal HMAC-SHA256 of the body. See
// https://docs.cdp.coinbase.com/commerce/webhooks/security.
//
// The id and the type are those of the body's event, and so are signed. No time
// is signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func CoinbaseCommerce(secrets ...string) (*verify.Scheme, error) {
	return verify.New(coinbaseCommerce().Spec, secrets...)
}
