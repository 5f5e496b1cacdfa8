// Package provider holds the presets: how each known provider signs its
// webhooks, as a constructor that takes the secrets and returns a
// [verify.Scheme]. Each provider has a file of its own.
//
//	scheme, err := provider.Stripe(os.Getenv("STRIPE_WEBHOOK_SECRET"))
//
// Every constructor takes the secrets as the provider shows them, the newest
// first; see [verify.New]. For a provider that is not here, describe it with a
// [verify.Spec].
package provider

import "github.com/hooklatch/hooklatch/verify"

// Specs returns the specs of all providers in this package, in new slices. Give
// them to [verify.ExplainOptions], so that Explain can recognize a request of
// another provider, or start a spec of your own from one of them.
func Specs() []verify.Spec {
	return []verify.Spec{linktree(), standardWebhooks(), stripe(), github(), slack(), shopify()}
}
