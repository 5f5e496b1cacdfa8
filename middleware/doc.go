// Package middleware has the layers that a webhook goes through before it
// reaches a handler. Each is a func(http.Handler) http.Handler of its own:
//
//   - [Accept] answers what can't be a delivery, before its body is read.
//   - [Capture] reads the body as it came, within bounds.
//   - [Verify] checks the signature; [VerifyFor] with a secret for each tenant.
//   - [Limit] bounds the deliveries in hand.
//   - [Once] claims the delivery, so that it takes effect once.
//
// [Chain] puts them together, in this order. Verify needs Capture before it,
// and Once needs Verify: a layer whose predecessor is missing answers 500, and
// the log says which one. The layers of one chain share the delivery in the
// request's context; see [hooklatch.FromContext].
//
// Each layer logs the requests that it ends, and reports them to an [Options]
// Observe function, for counting. What a layer answers is short and constant,
// and tells an attacker nothing.
package middleware
