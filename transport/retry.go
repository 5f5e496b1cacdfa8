package transport

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	mrand "math/rand/v2"
	"net/http"
	"time"
)

// Retry sends a request again when that may help and can do no harm: after 429
// (RFC 6585, section 4) and 425 (RFC 8470, section 5.2) always, because the
// provider has refused to act on it; after 408, any other 5xx than 501, a lost
// connection or a time-out only if it is idempotent (GET, HEAD, PUT, DELETE,
// OPTIONS, TRACE; RFC 9110, section 9.2.2) or has an Idempotency-Key.
//
// Such a key comes from the caller, in the request's header or in
// [Call].IdempotencyKey, or from Retry itself where [RetryOptions] say that the
// provider honours keys: then each POST and PATCH has one, the same on all of
// its attempts.
//
// It waits for a random time below a bound that grows exponentially, but at least
// for as long as [RetryAfter] says. It does not wait in vain: if the wait would
// outlast the context's deadline or MaxWait, Retry returns the answer, or the
// error, at once, as it does after the last attempt. A cancelled context ends the
// wait with its error.
//
// Retry never repeats a request whose body can't be read anew (no GetBody), one
// that ended with [ErrCircuitOpen], [ErrLocalLimit], [ErrTooLarge], [ErrNoToken],
// [ErrRedirected] or a refused certificate, or one whose own context has ended.
//
// Between attempts Retry reads the rest of an answer, up to 64 KiB and for a
// second at most, so that its connection can be used again. Nothing else of an
// attempt outlives it.
//
// Retry panics if an option is out of range.
func Retry(o *RetryOptions) func(http.RoundTripper) http.RoundTripper {
	var opts RetryOptions
	if o != nil {
		opts = *o
	}
	if err := opts.check(); err != nil {
		panic("transport: Retry: " + err.Error())
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return &retry{next: next, opts: opts}
	}
}

type retry struct {
	next http.RoundTripper
	opts RetryOptions
}

func (r *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	req = r.withKey(req)
	bound := min(r.opts.Backoff, r.opts.MaxWait)
	for attempt := 1; ; attempt++ {
		resp, err := send(r.next, req)
		if attempt == r.opts.Attempts || !r.repeatable(req, resp, err) {
			return resp, err
		}
		wait, ok := r.wait(req.Context(), resp, bound)
		if !ok {
			return resp, err
		}
		again, rerr := rewound(req)
		if rerr != nil {
			return resp, err
		}
		if err := pause(req.Context(), wait, resp); err != nil {
			if again.Body != nil {
				again.Body.Close()
			}
			return nil, err
		}
		req, bound = again, min(2*bound, r.opts.MaxWait)
	}
}

// withKey returns the request with an Idempotency-Key, if it should have one.
func (r *retry) withKey(req *http.Request) *http.Request {
	key := CallFrom(req.Context()).IdempotencyKey
	if req.Header.Get(r.opts.IdempotencyHeader) != "" || key == "" && !r.opts.IdempotencyKeys ||
		req.Method != http.MethodPost && req.Method != http.MethodPatch {
		return req
	}
	if key == "" {
		key = rand.Text()
	}
	req = req.Clone(req.Context())
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set(r.opts.IdempotencyHeader, key)
	return req
}

// repeatable tells whether the request, which ended so, may be sent again.
func (r *retry) repeatable(req *http.Request, resp *http.Response, err error) bool {
	switch {
	case req.Context().Err() != nil:
		return false
	case err != nil:
		return !final(err) && r.idempotent(req)
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusTooEarly:
		return true
	case http.StatusNotImplemented:
		return false
	case http.StatusRequestTimeout:
		return r.idempotent(req)
	}
	return resp.StatusCode >= 500 && r.idempotent(req)
}

// final tells whether another attempt would end with the same error.
func final(err error) bool {
	for _, e := range [...]error{ErrCircuitOpen, ErrLocalLimit, ErrTooLarge, ErrNoToken, ErrRedirected} {
		if errors.Is(err, e) {
			return true
		}
	}
	var refused *tls.CertificateVerificationError
	return errors.As(err, &refused)
}

// idempotent tells whether the request has the same effect when it is sent
// twice.
func (r *retry) idempotent(req *http.Request) bool {
	switch req.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return req.Header.Get(r.opts.IdempotencyHeader) != ""
}

// wait returns how long to wait before the next attempt, and whether that is
// worth it.
func (r *retry) wait(ctx context.Context, resp *http.Response, bound time.Duration) (time.Duration, bool) {
	wait := mrand.N(bound)
	now := time.Now()
	if resp != nil {
		if asked, ok := RetryAfter(resp.Header, now); ok {
			wait = max(wait, asked)
		} else {
			logUnread(ctx, r.opts.Logger, resp)
		}
	}
	deadline, ok := ctx.Deadline()
	return wait, wait <= r.opts.MaxWait && (!ok || now.Add(wait).Before(deadline))
}

// rewound returns the request for another attempt: a copy, as the last one may
// still be in use, with the body from its beginning.
func rewound(req *http.Request) (*http.Request, error) {
	again := req.WithContext(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, nil
	}
	if req.GetBody == nil {
		return nil, errors.New("the request's body can be read only once")
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, err
	}
	again.Body = body
	return again, nil
}

// pause gets rid of the answer and waits.
func pause(ctx context.Context, wait time.Duration, resp *http.Response) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	if resp != nil {
		discard(resp)
	}
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
