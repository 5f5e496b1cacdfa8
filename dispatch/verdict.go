package dispatch

import (
	"fmt"
	"time"
)

// A class is what an error calls for. Of several errors, the highest class
// counts: what a retry may mend comes before what it will not.
type class uint8

const (
	permanent class = iota + 1
	unsupported
	envelope
	decode
	ordinary
	later
)

// A verdict is the class of an error, and for later the time to wait.
type verdict struct {
	class class
	delay time.Duration
}

// classify decides what a non-nil error calls for. The outermost mark counts;
// an error that wraps several is judged by all of them.
func classify(err error) verdict {
	switch e := err.(type) {
	case *permanentError:
		return verdict{class: permanent}
	case *retryError:
		return verdict{class: later, delay: e.delay}
	case *UnsupportedError:
		return verdict{class: unsupported}
	case *EnvelopeError:
		return verdict{class: envelope}
	case *DecodeError:
		return verdict{class: decode}
	case *PanicError, *deadLetterError:
		return verdict{class: ordinary}
	}
	var v verdict
	for _, inner := range unwrap(err) {
		if inner != nil {
			v = v.or(classify(inner))
		}
	}
	if v.class != 0 {
		return v
	}
	return verdict{class: ordinary}
}

// unwrap returns the errors that err wraps: none if its method panics, as one on
// a nil pointer does. Such an error is an ordinary failure.
func unwrap(err error) (inner []error) {
	defer func() { _ = recover() }() // wraps nothing, then
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		inner = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		inner = e.Unwrap()
	}
	return inner
}

// panicOf returns the first PanicError in err's tree, nil if there is none. Unlike
// errors.As it calls no method that a handler's error may have for it.
func panicOf(err error) *PanicError {
	if p, ok := err.(*PanicError); ok {
		return p
	}
	for _, inner := range unwrap(err) {
		if p := panicOf(inner); p != nil {
			return p
		}
	}
	return nil
}

// text returns err's text, even if its method panics.
func text(err error) (s string) {
	s = fmt.Sprintf("%T whose Error method panics", err)
	defer func() { _ = recover() }() // s stays
	return err.Error()
}

// or returns the verdict on two errors together.
func (v verdict) or(other verdict) verdict {
	return verdict{class: max(v.class, other.class), delay: max(v.delay, other.delay)}
}
