// Package storetest checks an [idempotency.Store] against its contract.
//
// [Run] takes a function that makes empty stores, and runs one subtest for each
// behaviour that the contract asks for. A failure says what came and what
// should have come, and quotes the rule that was broken:
//
//	--- FAIL: TestStore/zombie-is-refused
//	    leases.go:77: Complete of the old holder: got nil, want ErrLost
//	        rule: "It returns ErrLost if the key is neither in flight nor done under this fence."
//
// The names of the subtests do not change, so that one can be picked with
// -test.run. A store that is also an [idempotency.ReplayGuard] or an
// [idempotency.Forgetter] is checked as such.
package storetest
