// Package bridge is what the adapters of frameworks have in common: it lets
// net/http layers stand in the middle of a framework's own chain, and tells them
// how a handler failed.
//
// A net/http layer learns what came of a request from what its next handler
// wrote. Frameworks write later: their handlers return errors, set a status that
// is sent at the end, or panic, and a recovery further out answers. A layer that
// believes what it has seen so far takes such a failure for a success, and the
// Once layer would mark a delivery done that never took effect.
//
// A [Bridge] closes that gap. It runs the layers around the rest of the
// framework's chain, tells them of a failure at once, by a bare status and by
// [hooklatch.Report], keeps what they answer to it off the wire, and hands the
// failure back to the framework, whose own error mapper decides the answer.
//
// Only authors of adapters need this package. To write one for another
// framework, implement [Native], and show with package adaptertest that it
// holds. An adapter that is a module of its own builds on this package alone,
// and on none of this module's internal ones, which change with any version.
package bridge
