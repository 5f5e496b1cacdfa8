// Package provider holds the presets: how each known provider signs its
// webhooks, as a constructor that takes the secrets and returns a
// [verify.Scheme]. Each provider has a file of its own.
//
//	scheme, err := provider.Stripe(os.Getenv("STRIPE_WEBHOOK_SECRET"))
//
// Every constructor takes the secrets as the provider shows them, the newest
// first; see [verify.New]. Those of providers that sign the URL take that before
// them. For a provider that is not here, describe it with a [verify.Spec].
//
// [All] returns what is known of each as data, an [Info]: the Spec, the retries
// and how long they last, what is not signed, and how the scheme was compared with
// the provider. The page docs/providers.md is made of it.
package provider

import "github.com/hooklatch/hooklatch/verify"

// All returns what is known of all providers in this package, in new slices. The
// order may change.
func All() []Info {
	return []Info{
		linktree(), standardWebhooks(), stripe(), github(), slack(), shopify(),
		adyen(), adyenPlatform(), airwallex(), alertmanager(), asana(), bitbucket(), bitbucketServer(), box(), braintree(),
		buildkite(), calCom(), calendly(), checkoutCom(), checkr(), circleCI(), clickUp(), cloudEvents(),
		cloudEventsBinary(), cloudflare(), cloudflareStream(), coinbaseCommerce(), convoy(), customerIO(),
		discord(), docuSign(), dropbox(), dwolla(), flutterwave(), forgejo(), frameIO(), gitea(), gitLab(), gitLabSigned(),
		goCardless(), gogs(), grafana(), helpScout(), heroku(), hookdeck(), hubSpot(), intercom(), lemonSqueezy(),
		linear(), lineMessaging(), mailgun(), mandrill(), meta(), mux(), notion(), nylas(), okta(), onfido(),
		outpost(), outpostStandard(), paddle(), pagerDuty(), paystack(), postmark(), pusher(), quickBooks(),
		razorpay(), sanity(), segment(), sendGrid(), sentry(), square(), stream(), tally(), telegram(),
		telnyx(), terraform(), trello(), twilio(), twitch(), twitter(), typeform(), vercel(), wooCommerce(),
		workOS(), xero(), zendesk(), zoom(),
	}
}

// Lookup returns what is known of the provider with this name, as in
// [verify.Spec].Name and [verify.Envelope].Provider.
func Lookup(name string) (Info, bool) {
	for _, i := range All() {
		if i.Spec.Name == name {
			return i, true
		}
	}
	return Info{}, false
}

// Specs returns the specs of all providers in this package, in new slices. Give
// them to [verify.ExplainOptions], so that Explain can recognize a request of
// another provider, or start a spec of your own from one of them. Those that sign
// the URL lack their PublicURL.
func Specs() []verify.Spec {
	all := All()
	specs := make([]verify.Spec, len(all))
	for i := range all {
		specs[i] = all[i].Spec
	}
	return specs
}
