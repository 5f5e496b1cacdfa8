// Package inboxtest checks an [inbox.Runner] against its contract.
//
// [Run] takes a function that makes empty boxes, and runs one subtest for each
// behaviour that the contract asks for. A failure says what came and what
// should have come, and quotes the rule that was broken:
//
//	--- FAIL: TestBox/one-put-of-many
//	    puts.go:61: 2 of 24 Puts at once stored the delivery, want 1
//	        rule: "Of any number of concurrent Puts of one key one stores the delivery."
//
// The names of the subtests do not change, so that one can be picked with
// -test.run.
package inboxtest
