// Package middleware has the layers that a webhook goes through before it
// reaches a handler. An [Endpoint] makes them, and each is a
// func(http.Handler) http.Handler of its own:
//
//   - [Endpoint.Accept] answers what can't be a delivery, before its body is
//     read.
//   - [Endpoint.Capture] reads the body as it came, within bounds.
//   - [Endpoint.Verify] checks the signature; [Endpoint.VerifyFor] with a secret
//     for each tenant.
//   - [Endpoint.Limit] bounds the deliveries in hand.
//   - [Endpoint.Once] claims the delivery, so that it takes effect once.
//
// [Endpoint.Receiver] puts them in front of a handler in this order, and [Chain]
// puts together what you choose. Verify needs Capture before it, and Once needs
// Verify: a layer whose predecessor is missing, or belongs to another endpoint,
// answers 500, and the log names it. The layers of one chain share the delivery
// in the request's context; see [hooklatch.FromContext].
//
// The endpoint logs each request that a layer ends, and reports it to
// [EndpointOptions].Observe, for counting. What a layer answers is short and
// constant, and tells an attacker nothing.
package middleware
