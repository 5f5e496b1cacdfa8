package dispatch

import "time"

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
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return classify(inner)
		}
	case interface{ Unwrap() []error }:
		var v verdict
		for _, inner := range e.Unwrap() {
			if inner != nil {
				v = v.or(classify(inner))
			}
		}
		if v.class != 0 {
			return v
		}
	}
	return verdict{class: ordinary}
}

// or returns the verdict on two errors together.
func (v verdict) or(other verdict) verdict {
	return verdict{class: max(v.class, other.class), delay: max(v.delay, other.delay)}
}
