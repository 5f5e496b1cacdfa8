// Package verify decides whether a webhook request is genuine. It reads the
// request's headers and the exact bytes of its body, and needs no HTTP server:
// it works in a queue consumer or a serverless function as well.
//
// A [Scheme] knows how one provider signs. Package provider has a constructor
// for each known provider. For any other, describe it with a [Spec] and call
// [New]; the known ones are made the same way. It may sign with an HMAC, with
// ed25519 or with ECDSA over P-256, or send a token along, which is weaker: see
// [TokenFormat].
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
// any of them. To rotate, add the new one in front, and remove the old one when
// [Envelope].KeyID no longer names it. New refuses empty secrets and secrets
// with white space around them or invisible characters in them.
//
// # The bytes
//
// The body must be what came over the wire. A body that was parsed and printed
// again, trimmed or re-encoded does not verify, however equal it looks. When
// signatures don't match and it isn't clear why, [Scheme.Explain] tries the
// usual mistakes.
//
// # The URL
//
// Some providers sign the request's method or URL, too. A [Request] holds them,
// and [Scheme.VerifyRequest] checks them; the layers of package middleware call
// it by themselves. Behind a proxy only configuration knows the URL that the
// provider signed: see [Spec].PublicURL.
//
// # What a signature does not say
//
// If the provider signs no timestamp, as GitHub and Shopify do, a captured
// request verifies forever. And if the delivery id is a header outside the
// signed string, as Linktree's, GitHub's and Shopify's is, an attacker can send
// a captured request again under another id.
//
// [Envelope].ContentDigest closes that gap for providers that sign a timestamp,
// within the time tolerance. It can't for the others: there, two genuine
// deliveries of equal bodies have equal signatures, and so nothing tells a
// replay from a delivery. Make handlers for them idempotent by what the body
// says.
package verify
