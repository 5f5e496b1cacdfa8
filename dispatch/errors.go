package dispatch

import (
	"fmt"
	"time"
)

// Permanent marks an error that no retry will mend: the event itself is at
// fault. If [Mux.DeadLetter] is set, it gets the delivery, and the sender is
// told 200; otherwise the error is like any other.
//
// The mark belongs outermost. An error that wraps several, made with errors.Join
// or with more than one %w, is Permanent only if all of them are. Permanent(nil)
// is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent reports whether err is marked as [Permanent], with all that it
// wraps; see there.
func IsPermanent(err error) bool {
	return err != nil && classify(err).class == permanent
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

// RetryAfter marks an error with the time to wait before the next attempt makes
// sense: the answer is 503 with a Retry-After of d in whole seconds, rounded up,
// at least one. Senders are free to ignore it. RetryAfter(nil, d) is nil.
//
// If several errors ask for a wait, the longest counts.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryError{err, d}
}

// RetryDelay returns the time that err asks to wait by [RetryAfter], and
// whether it asks for one.
func RetryDelay(err error) (time.Duration, bool) {
	if err == nil {
		return 0, false
	}
	v := classify(err)
	return v.delay, v.class == later
}

type retryError struct {
	err   error
	delay time.Duration
}

func (e *retryError) Error() string { return e.err.Error() }
func (e *retryError) Unwrap() error { return e.err }

// A PanicError is what a [Mux] makes of a panic in a handler. It is an ordinary
// error, even if the handler panicked with a marked one.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // as of runtime/debug.Stack
}

// Error gives the value, without the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("dispatch: handler panicked: %v", e.Value)
}

// StackTrace returns the stack, for the layer that logs the error.
func (e *PanicError) StackTrace() []byte { return e.Stack }

// Unwrap returns the value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A deadLetterError says that a permanent error could not be handed over.
type deadLetterError struct{ err, hook error }

func (e *deadLetterError) Error() string {
	return fmt.Sprintf("dispatch: dead letter not taken: %v; it was: %v", e.hook, e.err)
}

func (e *deadLetterError) Unwrap() []error { return []error{e.hook, e.err} }
