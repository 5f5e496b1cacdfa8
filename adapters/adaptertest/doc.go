// Package adaptertest checks that an adapter keeps the layers' promises inside
// its framework. Master rule: a 2xx on the wire means that the delivery is
// marked done, and nothing else does.
//
// [Run] takes a function that builds small programs in the framework, with the
// adapter, and runs one subtest for each behaviour, over real sockets:
//
//	func TestNetHTTP(t *testing.T) { adaptertest.Run(t, build) }
//
// Most behaviours let a native handler end in one of the ways that the
// framework knows, look at what reached the sender, ask the store whether the
// delivery is done, and send it again: it must run again exactly if it was not.
// The behaviours named contract-… are the whole HTTP contract of a Linktree
// receiver, case by case.
//
// [RunInbox] checks an endpoint with an inbox in the same way, as far as a
// framework can matter to one.
//
// The names of the subtests do not change, so that one can be picked with
// -test.run. [Try] gives the results without a test, for comparing adapters.
package adaptertest
