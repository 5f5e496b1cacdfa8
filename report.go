package hooklatch

import (
	"context"

	"github.com/hooklatch/hooklatch/internal/keys"
)

// A Disposition says what a handler made of a delivery. The zero Disposition
// means that the handler has not said: its answer decides.
type Disposition uint8

// The dispositions that a handler can report. Failed and Panicked release the
// delivery whatever the handler answers, and so does UnknownType with an error.
// The others describe a delivery that the answer acknowledges.
const (
	// Handled: the delivery has taken effect.
	Handled Disposition = iota + 1

	// UnknownType: no handler is registered for the event's type.
	UnknownType

	// DeadLettered: the handler failed for good, and a dead-letter hook has
	// taken the delivery.
	DeadLettered

	// Failed: the delivery has not taken effect.
	Failed

	// Panicked: a handler panicked, and the delivery has not taken effect.
	Panicked
)

// String returns the disposition in words, such as "unknown type".
func (d Disposition) String() string {
	switch d {
	case Handled:
		return "handled"
	case UnknownType:
		return "unknown type"
	case DeadLettered:
		return "dead-lettered"
	case Failed:
		return "failed"
	case Panicked:
		return "panicked"
	}
	return "unreported"
}

// A Reporter is told what becomes of one delivery. The layer that runs the
// handlers, such as middleware's Once or an inbox, puts one into their context
// with [WithReporter]. Its methods are safe for concurrent use.
type Reporter interface {
	// Report notes a disposition and the error behind it. The first failure
	// counts, and outranks every other disposition; of those, the one that
	// comes later in their list counts. A nil error with Failed or Panicked
	// counts as a failure without a reason.
	Report(d Disposition, err error)

	// DeadLetter notes that handling failed for good with err, and hands
	// over the hook that takes the delivery. The layer calls the hook once
	// it has undone the handler's transaction, with a context that outlives
	// the request, and acknowledges the delivery if the hook returns nil.
	// Otherwise the delivery has failed. A panic in the hook counts as its
	// error. Where several routers hand over a hook, all of them are called.
	DeadLetter(err error, hook func(context.Context) error)
}

// WithReporter returns a copy of ctx that carries r to [Report] and to
// [ReporterFrom].
func WithReporter(ctx context.Context, r Reporter) context.Context {
	return context.WithValue(ctx, keys.Reporter{}, r)
}

// ReporterFrom returns the Reporter that ctx carries, nil if there is none.
func ReporterFrom(ctx context.Context) Reporter {
	r, _ := ctx.Value(keys.Reporter{}).(Reporter)
	return r
}

// Report tells the layer that runs the delivery in ctx what became of it. It
// returns false, and does nothing, if there is no such layer.
//
// A handler does not need Report: it returns an error or answers with a
// status. Report is for routers and for adapters of frameworks, which know more
// than the answer shows: that the type is unknown, say, or that a handler
// returned an error that the framework will answer later.
func Report(ctx context.Context, d Disposition, err error) bool {
	r := ReporterFrom(ctx)
	if r == nil {
		return false
	}
	r.Report(d, err)
	return true
}
