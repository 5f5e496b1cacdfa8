// Package verify decides whether a webhook request is genuine. It works on the
// request's headers and the exact bytes of its body, and needs no HTTP server:
// it serves a queue consumer or a serverless function as well.
//
// A [Scheme] knows how one provider signs. There is a constructor for each
// known provider: [Linktree], [StandardWebhooks] (and Svix), [Stripe],
// [GitHub], [Slack] and [Shopify]. For any other that signs with an HMAC,
// describe it with a [Spec] and call [New]; the presets are made the same way.
//
//	scheme, err := provider.Linktree(os.Getenv("LINKTREE_WEBHOOK_SECRET"))
//	…
//	env, err := scheme.Verify(ctx, r.Header, body)
//	switch {
//	case errors.Is(err, verify.ErrMissing):
//		// 401: it isn't signed at all
//	case err != nil:
//		// 403: log err, and say no more than "Invalid signature"
//	}
//
// # Secrets
//
// A scheme takes several secrets, the newest first, and accepts a signature by
// any of them: rotate by adding the new one in front, and remove the old one
// when [Envelope].KeyID has stopped naming it. Empty secrets, and secrets that
// begin or end with white space, are refused when the scheme is made.
//
// # The bytes
//
// The body must be what came over the wire. A body that was parsed and printed
// again, trimmed or re-encoded does not verify, however equal it looks. When
// signatures don't match and it isn't clear why, [Scheme.Explain] tries the
// usual mistakes.
//
// # What a signature does not say
//
// Where the provider signs no timestamp ([GitHub], [Shopify], or a Spec
// without one), a captured request verifies for ever. And where the delivery
// id is a header outside the signed string ([Linktree], [GitHub], [Shopify]),
// it can be sent again under another id. [Envelope].ContentDigest closes that gap for
// those that sign a timestamp, within the time tolerance. It can't for the
// others: two genuine deliveries of equal bodies have equal signatures there,
// and so nothing tells a replay from a delivery. Let such handlers be
// idempotent by what the body says.
package verify
