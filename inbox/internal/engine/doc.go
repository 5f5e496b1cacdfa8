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
package engine
