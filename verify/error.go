package verify

import "errors"

// Why a request was refused. The errors of a [Verifier] wrap one of these;
// test for them with errors.Is.
var (
	// ErrMissing: a required header is not there or is empty, or the
	// signature header has only a prefix: the request is not signed.
	ErrMissing = errors.New("missing")

	// ErrMalformed: a header can't be read: it has the wrong encoding or
	// length, is not a number, or came twice where once is meant.
	ErrMalformed = errors.New("malformed")

	// ErrMismatch: none of the known secrets makes this signature for these
	// bytes.
	ErrMismatch = errors.New("does not match")

	// ErrExpired: the timestamp is outside the tolerance, in the past or in
	// the future.
	ErrExpired = errors.New("outside the time tolerance")

	// ErrNoSecret: there is no secret to verify with: none was given, one
	// was empty, all were withdrawn, or the tenant is unknown.
	ErrNoSecret = errors.New("no usable secret")
)

// An Error says where verification failed, and wraps why. It holds neither
// secrets nor signatures, and may be logged. Don't send it to the caller: it
// would tell an attacker what to try next.
type Error struct {
	Scheme string // the scheme's name, such as "linktree"
	Header string // the header it failed on; empty if it was none
	Err    error  // ErrMissing, ErrMalformed, ErrMismatch, ErrExpired or ErrNoSecret
}

// Error names the scheme, the header and the reason.
func (e *Error) Error() string {
	s := "verify: " + e.Scheme + ": "
	if e.Header != "" {
		s += e.Header + ": "
	}
	return s + e.Err.Error()
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }
