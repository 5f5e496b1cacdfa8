package transport

import (
	"fmt"
	"net/http"
	"time"
)

// A RefusedError says that a request was not sent, and when one may be. Its
// reason is [ErrLocalLimit] or [ErrCircuitOpen], or wraps it: [errors.Is] finds
// it.
type RefusedError struct {
	Reason error

	// RetryAfter is how long to wait before a request can be sent, as far
	// as is known now. Zero is not known.
	RetryAfter time.Duration
}

func (e *RefusedError) Error() string {
	if e.RetryAfter <= 0 {
		return e.Reason.Error()
	}
	return fmt.Sprintf("%v; again in %v", e.Reason, e.RetryAfter.Round(time.Millisecond))
}

// Unwrap returns the reason.
func (e *RefusedError) Unwrap() error { return e.Reason }

// errNoTurn is the [ErrLocalLimit] of a request that got no turn of its
// [Breaker].
var errNoTurn error = turnless{}

type turnless struct{}

func (turnless) Error() string { return "not sent: too many requests await an answer" }
func (turnless) Unwrap() error { return ErrLocalLimit }

// unsent ends a request that no layer further in has seen: a RoundTripper
// closes the body whatever comes of the request.
func unsent(r *http.Request, err error) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return nil, err
}
