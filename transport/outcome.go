package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// An Outcome says in one word how a request ended.
type Outcome string

// The outcomes. Each request has one of them.
const (
	OutcomeOK           Outcome = "ok"            // an answer below 400
	OutcomeAuth         Outcome = "auth"          // 401, 403, or ErrNoToken
	OutcomeRateLimited  Outcome = "rate limited"  // 429
	OutcomeClientError  Outcome = "client error"  // any other 4xx
	OutcomeServerError  Outcome = "server error"  // 5xx
	OutcomeTimeout      Outcome = "timeout"       // ErrTimeout, or the caller's deadline
	OutcomeCanceled     Outcome = "canceled"      // the caller gave up
	OutcomeCircuitOpen  Outcome = "circuit open"  // ErrCircuitOpen: not sent
	OutcomeLocalLimit   Outcome = "local limit"   // ErrLocalLimit: not sent
	OutcomeTooLarge     Outcome = "too large"     // ErrTooLarge
	OutcomeNetworkError Outcome = "network error" // any other error
)

// outcomeOf tells how a request with the context ended.
func outcomeOf(ctx context.Context, resp *http.Response, err error) Outcome {
	if err != nil {
		return outcomeOfError(ctx, err)
	}
	switch code := resp.StatusCode; {
	case code < 400:
		return OutcomeOK
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return OutcomeAuth
	case code == http.StatusTooManyRequests:
		return OutcomeRateLimited
	case code < 500:
		return OutcomeClientError
	}
	return OutcomeServerError
}

func outcomeOfError(ctx context.Context, err error) Outcome {
	var timeout net.Error
	switch {
	case errors.Is(err, ErrCircuitOpen):
		return OutcomeCircuitOpen
	case errors.Is(err, ErrLocalLimit):
		return OutcomeLocalLimit
	case errors.Is(err, ErrTooLarge):
		return OutcomeTooLarge
	case errors.Is(err, ErrTimeout):
		return OutcomeTimeout
	case errors.Is(err, errNotResent):
		return OutcomeNetworkError
	// The error itself does not tell: the caller may have given its context
	// another cause, and a time-out of the network passes for a deadline.
	case errors.Is(ctx.Err(), context.Canceled):
		return OutcomeCanceled
	case ctx.Err() != nil:
		return OutcomeTimeout
	case errors.Is(err, ErrNoToken):
		return OutcomeAuth
	case errors.As(err, &timeout) && timeout.Timeout():
		return OutcomeTimeout
	}
	return OutcomeNetworkError
}

// An Observation is what an [Observer] is told of one request.
type Observation struct {
	Operation string        // the Call's, or else the request's method
	Outcome   Outcome       // how it ended
	Status    int           // the answer's status; 0 if there was none
	Duration  time.Duration // until the answer or the error was there
	Err       error         // why there was no answer, if there was none
}

// An Observer is told how requests end: the place to count. It is called once
// per request, with the request's context, which may have ended. Several
// goroutines call it at a time, and each waits for it: it must not block.
type Observer func(ctx context.Context, o Observation)
