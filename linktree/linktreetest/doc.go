// Package linktreetest is a fake of Linktree: its REST API, and the webhooks
// that it sends, over real HTTP. It is for tests of programs that use either,
// and for trying them out where Linktree can't be reached.
//
// A [Provider] is an http.Handler. In tests it is served by an httptest.Server,
// or, where minutes and days should take no time, by a hooktest.Server in a
// testing/synctest bubble; in a program by any http.Server. The base URL for
// clients is the server's. The package does not depend on package testing.
//
//	fake := linktreetest.New(nil)
//	defer fake.Close()
//	srv := httptest.NewServer(fake)
//	defer srv.Close()
//	ada := fake.Creator("ada")
//	client := … // with the base URL srv.URL and the token ada.Token()
//
// # What it plays
//
// The fake keeps the contract of package schema, which is not verified with
// Linktree: a program that works with the fake keeps that contract, and no more.
// Paths, headers and bodies are those of the package. Limits count: 100
// requests in any 60 seconds for each token, and then 429 with Retry-After.
// Requests with an Idempotency-Key are done once. What creators do, through the
// API or by the methods of [Creator], is delivered to their webhooks: signed,
// retried by linktree.RetrySchedule with the same delivery id, and no more once
// linktree.DisabledAfter has passed with failures only. A webhook's URL must
// answer HEAD with 2xx to be registered or enabled.
//
// What can go wrong with an answer is a [Fault].
//
// # What is the fake's own
//
// The guides name no scopes and no error codes. The scopes here are the Scope
// constants. The codes: invalid_request (400, 413, 415, 422),
// invalid_cursor (400), unauthorized (401), insufficient_scope (403), not_found
// (404), method_not_allowed (405), idempotency_key_reused (422),
// webhook_unreachable (422), rate_limited (429), and fault for the answers of a
// Fault.
//
// A token is refused in a query: RFC 6750, section 2.3.
package linktreetest
