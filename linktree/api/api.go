// Package api is a client of Linktree's REST API that stays up and stays under
// its limits. It fetches the data behind webhook events, and keeps the
// subscription alive that delivers them.
//
//	client, err := api.New(transport.StaticToken(os.Getenv("LINKTREE_API_TOKEN")), nil)
//	…
//	sub, err := client.EnsureWebhook(ctx, "https://app.example.org/webhooks/linktree", nil)
//	profile, err := client.Profile(ctx)
//	for link, err := range client.Links(ctx) { … }
//
// [New] checks what it is given, [Options] has everything that can be set, and
// every method says what it does when things go wrong. Package check tells
// whether all of it is ready for production.
//
// The API is that of package schema, which says where it comes from: it is not
// verified with the provider.
//
// # What a call goes through
//
// A call is a request that goes through layers of package transport, each a
// func(http.RoundTripper) http.RoundTripper, outer to inner:
//
//	Stale           answers from memory while the provider fails
//	Metrics         tells Options.Calls how the call ended
//	                (a read whose answer is no JSON object has failed, too)
//	Retry           tries again, where that is safe, when it may help
//	Breaker.Check   fails at once while the provider is known to be down
//	Limiter         waits until the next request may start
//	Breaker         learns from how requests end, for each class of operations
//	Metrics         tells Options.Attempts how the request ended
//	Headroom        reads the provider's X-RateLimit headers
//	Auth            adds the token, and gets a newer one after a 401
//	AttemptTimeout  bounds the time and the size of the answer
//
// [Client.With] puts layers around them, and Options.Layers takes another chain
// in their place. Package transport can be used without this one: a chain is an
// http.RoundTripper like any other.
//
// # How long a call takes
//
// Give calls a deadline: one without waits for as long as the settings allow. By
// default that is four attempts of 10 seconds each (30 for analytics), and
// before each a wait of up to 90 seconds for the client's limit or after a 429. A
// client that was idle does not wait. A provider that refuses connections or
// answers 503 is given up after a few seconds, one that hangs after some 45,
// unless its circuit opens before; from then on calls fail at once. A call whose
// turn has not come by its deadline, since others await answers of a provider
// that may be down, is an ErrLocalLimit and not an ErrTimeout: nothing was sent.
//
// # Errors
//
// What a call returns is an [*Error], and errors.Is tells what it is:
//
//	errors.Is(err, api.ErrUnauthorized)    the token is not valid (any more)
//	errors.Is(err, api.ErrForbidden)       it is valid, but not for this
//	errors.Is(err, api.ErrTimeout)         no answer in time: nothing is known of the token
//	errors.Is(err, api.ErrNetwork)         no connection, or a broken one; see ErrDNS, ErrTLS
//	errors.Is(err, api.ErrRateLimited)     429, also after retries; see Error.RetryAfter
//	errors.Is(err, api.ErrLocalLimit)      not sent: over the client's own limits
//	errors.Is(err, api.ErrCircuitOpen)     not sent: the provider is down
//	errors.Is(err, api.ErrOutcomeUnknown)  a write that may have taken effect; beside another
//	errors.Is(err, context.Canceled)       the caller gave up
//
// No error has a token, a query or a body in its text, as they were sent. What an
// Options.Transport of the program's own puts there in other words can't be told.
//
// An answer that does not fit is an ErrMalformed that names the member, without
// positions in lists: "links.position". Error.Err may wrap more; that text is not
// part of the contract, and differs between versions of Go.
//
// # Retries and writes
//
// Reads, PUT and DELETE are sent again after failures that may pass. POST and
// PATCH are not, unless the provider has refused to act on them (429), for a
// write whose answer was lost would take effect twice: the call fails with
// [ErrOutcomeUnknown], and the program looks what has become of it. A provider
// that honours an Idempotency-Key makes repeating safe. Whether Linktree does is
// not known; a program that knows says so in Retry.IdempotencyKeys, or gives a
// call a key of its own, see [CallOptions].
//
// # Old answers
//
// The profile, links and analytics that were read last are kept in memory, for
// each token by itself or for Options.Account, and stand in while the provider
// can't be reached. Their results have a [Freshness] that says so; the links that
// [Client.Links] yields have none. A context made by [Fresh] wants none of that.
//
// # Text from creators
//
// Titles, bios and URLs are what a creator has typed in, possibly to do harm.
// They are returned as they came. Pass texts through sanitize.Text and URLs
// through sanitize.URL, and let html/template do the escaping.
package api
