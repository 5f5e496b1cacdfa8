package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/transport"
)

// Why a call failed. They are wrapped in an [*Error]: ask with [errors.Is].
var (
	ErrUnauthorized = errors.New("the token was not accepted")               // status 401
	ErrForbidden    = errors.New("the token does not allow this")            // status 403
	ErrNotFound     = errors.New("not found")                                // status 404
	ErrRateLimited  = errors.New("over the provider's rate limit")           // status 429
	ErrRefused      = errors.New("the provider refused the request")         // every other 4xx
	ErrServer       = errors.New("the provider failed")                      // status 5xx
	ErrMalformed    = errors.New("the answer is not what the contract says") // redirects too: none is followed

	ErrInvalid     = errors.New("the arguments can't be sent")            // nothing was sent
	ErrScope       = errors.New("the account is not in Options.Creators") // nothing was sent
	ErrAccount     = errors.New("the token is not of Options.Account")    // the answer is withheld
	ErrEndlessList = errors.New("the list does not end")                  // see [Client.Links]

	// ErrOutcomeUnknown says that a write may have taken effect or not: it
	// was sent, and the provider has not said what became of it. It comes
	// beside another error, such as ErrTimeout or ErrServer.
	ErrOutcomeUnknown = errors.New("it is not known whether the write has taken effect")

	// ErrTimeout is also wrapped when it was the caller's own deadline that
	// passed, then beside [context.DeadlineExceeded].
	ErrTimeout     = transport.ErrTimeout
	ErrLocalLimit  = transport.ErrLocalLimit
	ErrCircuitOpen = transport.ErrCircuitOpen
	ErrTooLarge    = transport.ErrTooLarge
	ErrNoToken     = transport.ErrNoToken
	ErrRedirected  = transport.ErrRedirected

	// ErrNetwork says that there was no connection, or that it broke. ErrDNS
	// and ErrTLS are two kinds of it, and wrap it.
	ErrNetwork = discreet.ErrNetwork
	ErrDNS     = discreet.ErrDNS
	ErrTLS     = discreet.ErrTLS
)

// An Error says how a call failed. Its text is safe to log: it has nothing of
// the request's query, body or token as they were sent, and of the answer no
// more than the status, the code and the request id.
type Error struct {
	// Op is the operation, such as [OpProfile].
	Op string

	// Status is the answer's status; 0 if there was none, or if what failed
	// is one item of a bulk update.
	Status int

	// Attempts is how many requests were sent for the call. 0 says that the
	// provider knows nothing of it.
	Attempts int

	// Code is the provider's word for what is wrong, empty if it gave none
	// or one that is no plain word.
	Code string

	// Message is what the provider tells people, stripped of control and
	// formatting characters and cut to 500 bytes. It is outside text, which
	// may repeat what was sent, and therefore not part of Error().
	Message string

	// RequestID is what the provider's support asks for; empty if unknown.
	RequestID string

	// RetryAfter is when to try again at the earliest, as far as the
	// provider or the circuit breaker has said so; 0 if unknown.
	RetryAfter time.Duration

	// Err is why: one of the errors above, or the end of a context.
	Err error
}

// Error returns the operation, the status, the reason, the code and the
// request id.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("linktree: ")
	b.WriteString(e.Op)
	b.WriteString(": ")
	if e.Status != 0 {
		b.WriteString("status " + strconv.Itoa(e.Status) + ": ")
	}
	fmt.Fprint(&b, e.Err)
	if e.Code != "" {
		b.WriteString(", code " + e.Code)
	}
	if e.RequestID != "" {
		b.WriteString(", request " + e.RequestID)
	}
	return b.String()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// statusError returns why an answer with this status is a failure, nil if it is
// none.
func statusError(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status >= 500:
		return ErrServer
	case status >= 400:
		return ErrRefused
	case status == http.StatusNotModified:
		return fmt.Errorf("%w: not modified, though no condition was sent", ErrMalformed)
	case status >= 300:
		return fmt.Errorf("%w: a redirect", ErrMalformed)
	}
	return fmt.Errorf("%w: not a final status", ErrMalformed)
}

// invalid returns the error of a call that is not worth sending.
func invalid(op operation, format string, args ...any) error {
	return &Error{Op: op.name, Err: fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)}
}

// malformed returns the error of an answer that can't be understood.
func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
