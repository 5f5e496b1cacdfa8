// Package inbox is the contract of the durable half of the kit: a [Box] keeps a
// delivery before the sender is answered, and its handler runs later, as often
// as it takes.
//
//	request → Accept → Capture → Verify → Limit → Inbox → 2xx once the delivery is durable
//	                                                ↓
//	                                      Box → Run → dispatch.Mux → handler
//
// Use one where handlers are slower than the sender waits, where what is behind
// them is away for longer than the sender retries, or where the sender never
// retries. The boxes are modules of their own, with one engine:
//
//   - github.com/hooklatch/hooklatch/inbox/sqlite, package inboxsqlite: a file,
//     for one process, with nothing to install.
//   - github.com/hooklatch/hooklatch/inbox/postgres, package inboxpostgres: for
//     any number of replicas.
//
// # The life of a delivery
//
// [Box].Put makes a delivery [Waiting]. [Runner].Run gives it to the handler of
// its endpoint. An error, a panic, a handler that exits its goroutine or that
// takes too long is a failed attempt: the delivery waits for the next one,
// longer each time. It ends [Done], [DeadLettered], or [Dead]: after the last
// attempt, or at once if no attempt can succeed. What has ended without success
// is kept with header, body and the error of each attempt, until an operator
// replays or discards it or its retention ends.
//
// A handler runs at least once for each delivery, and again if the process is
// killed before the end of the attempt is recorded. Where the handler writes to
// the box's own database, the box's Tx function gives it a transaction that
// carries the record of its success too: then each delivery takes effect
// exactly once.
package inbox
