// Package bridge is what the adapters of frameworks have in common: it lets
// net/http layers stand in the middle of a framework's own chain, without
// losing what a handler has to say of its failure.
//
// A net/http layer learns what came of a request from what its next handler
// wrote. Frameworks write later: their handlers return errors, set a status for
// somebody else to send, or have their panics recovered further out. A layer
// that believes what it has seen so far then takes a failure for a success, and
// the Once layer would mark a delivery done that never took effect.
//
// A [Bridge] closes that gap. It runs the layers around the rest of the
// framework's chain, tells them of a failure at once, by a bare status and by
// [hooklatch.Report], keeps what they answer to it off the wire, and hands the
// failure back to the framework, whose own error mapper decides the answer.
//
// Only authors of adapters need this package. To write one for another
// framework, implement [Native], and show with package adaptertest that it
// holds.
//
// [hooklatch.Report]: https://pkg.go.dev/github.com/hooklatch/hooklatch#Report
package bridge
