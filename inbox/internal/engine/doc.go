// Package engine is what the boxes on SQLite and on PostgreSQL have in common:
// River runs the jobs, and a table of our own holds the deliveries. Both change
// in the same transactions.
//
// A job of River is one attempt, and its arguments are the key of the delivery
// and the number of its run. The number is the fence: it rises with each job, so
// that what an operator has replayed or discarded in the meantime refuses the
// end of an attempt that began before. The end of an attempt deletes its job, and
// makes a new one if there is to be another attempt. River's own completion,
// which is asynchronous, finds nothing left to do, and is spared looking.
//
// # Why River
//
// It has a driver for SQLite and one for PostgreSQL, fetches with SKIP LOCKED,
// takes over from dead processes, and takes part in a caller's transaction. What
// was looked at beside it: DBOS, where a second live replica ran again all that
// the first had in hand, and takeover needs a service of its own; NATS embedded,
// whose log is no part of the handler's transaction; goqite and backlite, which
// have no side for several machines; asynq, which needs Redis and loses what
// Redis does; watermill-sql, which has neither retries with a schedule nor a
// record of failures.
//
// What of River is not used, and why: job arguments for payloads (jsonb with an
// index in PostgreSQL: it refuses NUL, reorders members and is slow with large
// bodies); its completer (asynchronous: some 80 finished handlers ran again after
// each kill); its retries (they keep one job row, which a late completion of the
// attempt before could complete); its scheduler for what is due later (a leader's
// round of five seconds). A handler runs in a goroutine of its own, because
// runtime.Goexit in a worker keeps its slot for good.
package engine
