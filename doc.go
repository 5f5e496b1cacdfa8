// Package hooklatch receives webhooks in net/http programs so that every
// genuine delivery takes effect once, and nothing else takes effect at all.
//
// It is a set of small layers of the form func(http.Handler) http.Handler that
// go in front of the program's own handlers:
//
//	request → Accept → Capture → Verify → Limit → Once → dispatch.Mux → handler
//	          method    raw body   HMAC     load    claim   by event type
//
// The packages:
//
//   - [github.com/hooklatch/hooklatch/middleware] has the endpoint and its
//     layers.
//   - [github.com/hooklatch/hooklatch/verify] decides whether a request is
//     genuine, and [github.com/hooklatch/hooklatch/verify/provider] has ready
//     schemes: Linktree, Standard Webhooks, Stripe, GitHub, Slack, Shopify.
//   - [github.com/hooklatch/hooklatch/idempotency] is the contract of the stores
//     that remember what is done; its folders lru and memory are those for a
//     single process.
//   - [github.com/hooklatch/hooklatch/inbox] is the contract of the boxes that
//     keep deliveries before the sender is answered, for handlers that run
//     later; its folders sqlite and postgres are such boxes.
//   - [github.com/hooklatch/hooklatch/dispatch] routes by event type to typed
//     handlers.
//   - [github.com/hooklatch/hooklatch/linktree] has Linktree's events.
//   - [github.com/hooklatch/hooklatch/hooktest] helps to test what you mount
//     behind the layers.
//
// This package has what flows through them, the [Delivery], and the way back:
// a [Reporter] is told what became of it.
//
// # What a 2xx means
//
// A 2xx on the wire means that the delivery has taken effect and is marked
// done; anything else means that it has not, and that the sender's retry will
// run the handler again. A handler says which by its error or status. It must
// be able to run again after it has failed.
//
// # The order of the layers
//
// Capture comes before anything that reads, decodes or decompresses the body,
// because the signature was made over the bytes as they came. A layer whose
// predecessor is missing answers 500, and the log says which one.
package hooklatch
