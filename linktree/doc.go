// Package linktree receives Linktree's webhooks: the event types, what they
// carry, how Linktree retries, and a [Receiver] that puts hooklatch's layers
// together.
//
// A program verifies with a scheme of [provider.Linktree], remembers what is
// done in an idempotency store, and routes by event type with a dispatch.Mux;
// see the example of Receiver for all of it.
//
// # Where this comes from
//
// No first-party documentation of Linktree's webhooks or of a REST API is
// public. The header names, limits, schedule and paths here are those of the two
// integration guides that this project implements, and nothing has been checked
// against Linktree itself. Where Linktree turns out to differ, correct package
// schema for the API, and verify/provider/linktree.go for the signature.
//
// # What Linktree sends, by those guides
//
// Each delivery is a POST with a JSON body {"type":…,"data":{…},"timestamp":…}
// and three headers: X-Linktree-Signature, the hexadecimal HMAC-SHA256 of
// "<timestamp>.<body>"; X-Linktree-Timestamp in Unix seconds; and
// X-Linktree-Delivery-Id, which is the same on every retry and is not signed.
// HEAD requests check that the endpoint is there. An answer other than 2xx is
// retried by [RetrySchedule]; after [DisabledAfter] of failures only, Linktree
// switches the webhook off.
package linktree
