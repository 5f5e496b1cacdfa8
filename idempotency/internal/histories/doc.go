// Package histories checks what stores have answered to concurrent callers: it
// records the calls of a storm with their answers, lost ones too, and has
// Porcupine look for an order in which the contract of package idempotency
// allows them all.
//
// # The model
//
// One history is about one key, or about one digest. Its calls took effect one
// by one, each at a moment between its call and its return, and each looked at
// the store's clock at such a moment. From these follow when a lease or a
// retention can be over at the earliest, and when it is over at the latest: a
// lease may expire at any moment between the two, and never outside of them. A
// call whose answer was lost may have taken effect at any moment after it was
// made, or not at all.
//
// A FailOpen is held to what it promises while its shared store fails: see
// [Contract].
//
// # What histories can't show
//
// Storm and model know nothing of clocks that are set, of how long a store
// without a server takes to say so, and of which completed key a full store
// forgets. TestBrokenStores names the flaws that are out of sight for that
// reason; package storetest catches them.
//
// # How long
//
// Each test checks a few hundred histories. For hours of them:
//
//	go test . -timeout 0 -histories 10000000
//
// A failure prints the calls of one key and the seed of the storm, for
// -histories.seed. The scheduler takes part in a storm: a seed does not always
// lead to the same history.
package histories
