package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The defaults of [AttemptTimeoutOptions].
const (
	defaultTimeout = 10 * time.Second
	defaultMaxBody = 8 << 20
)

// AttemptTimeoutOptions are what [AttemptTimeout] can be told. Nil and the zero
// value are ready to use.
type AttemptTimeoutOptions struct {
	// Timeout bounds an attempt whose [Call] does not say otherwise. Zero is
	// 10 seconds.
	Timeout time.Duration

	// MaxBody is how many bytes the body of an answer may have, after
	// net/http has decompressed it. Zero is 8 MiB, 8 MiB.
	MaxBody int64
}

// AttemptTimeout bounds each attempt in time and in size, and reads the body of
// its answer whole before it returns. So a body that is cut short is an error of
// the attempt, and one that drips is a time-out: the layers outside can count
// it and try again, and have an answer that costs them nothing to close.
//
// The error is [ErrTimeout] when the attempt's own time has run out, the
// context's when the caller has given up or its deadline has passed, and
// [ErrTooLarge] when the body is over the limit. Any other is an error of the
// network, whose text shows neither the query nor the token of the request.
//
// The layer belongs directly around a transport that heeds the context, as
// [http.Transport] does.
//
// AttemptTimeout panics if an option is negative, and a Call's negative Timeout
// is none.
func AttemptTimeout(o *AttemptTimeoutOptions) func(http.RoundTripper) http.RoundTripper {
	var opts AttemptTimeoutOptions
	if o != nil {
		opts = *o
	}
	if opts.Timeout < 0 || opts.MaxBody < 0 {
		panic("transport: AttemptTimeout: Timeout or MaxBody is negative")
	}
	if opts.Timeout == 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.MaxBody == 0 {
		opts.MaxBody = defaultMaxBody
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return &attempt{next, opts}
	}
}

type attempt struct {
	next http.RoundTripper
	opts AttemptTimeoutOptions
}

func (a *attempt) RoundTrip(r *http.Request) (*http.Response, error) {
	timeout := a.opts.Timeout
	if d := CallFrom(r.Context()).Timeout; d > 0 {
		timeout = d
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), timeout, errOwnTimer)
	defer cancel()
	resp, err := a.next.RoundTrip(r.WithContext(ctx))
	switch {
	case err == nil && resp == nil: // of a transport that is not net/http's
		err = errNothing
	case err == nil:
		err = a.buffer(resp)
	}
	switch {
	case err == nil:
		return resp, nil
	case errors.Is(err, ErrTooLarge):
		return nil, err
	case context.Cause(ctx) == errOwnTimer:
		return nil, fmt.Errorf("%w: %v", ErrTimeout, timeout)
	case r.Context().Err() != nil:
		return nil, reason(r.Context())
	}
	return nil, discreet(err, r)
}

// errOwnTimer is the cause by which the attempt's own time-out is told apart
// from all that the caller's context may have in store.
var errOwnTimer = errors.New("the attempt's time has run out")

var errNothing = errors.New("the transport returned neither an answer nor an error")

// buffer reads the answer's body into memory and closes it.
func (a *attempt) buffer(resp *http.Response) error {
	if resp.Body == nil { // of a transport that is not net/http's
		resp.Body = http.NoBody
	}
	defer resp.Body.Close()
	if resp.Body == http.NoBody {
		return nil // and the ContentLength of an answer to HEAD stays
	}
	if resp.ContentLength > a.opts.MaxBody {
		return fmt.Errorf("%w: %d bytes, %d are allowed", ErrTooLarge, resp.ContentLength, a.opts.MaxBody)
	}
	// The one byte more would overflow the largest limit.
	body, err := io.ReadAll(io.LimitReader(resp.Body, max(a.opts.MaxBody+1, a.opts.MaxBody)))
	switch {
	case int64(len(body)) > a.opts.MaxBody:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, a.opts.MaxBody)
	case err != nil:
		return fmt.Errorf("body of the answer: %w", err)
	}
	resp.Body = &inMemory{bytes.NewReader(body)}
	resp.ContentLength = int64(len(body))
	return nil
}

// inMemory is a body that needs nothing of its request any more.
type inMemory struct{ *bytes.Reader }

func (*inMemory) Close() error { return nil }
