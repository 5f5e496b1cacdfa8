package transport

import (
	"net/http"
	"time"
)

// Metrics tells o of each request that comes through it. What that is depends
// on where it stands: around [Retry] it sees the caller's requests, each with
// all of its attempts and waits; inside of it, single attempts.
//
// The duration runs until the header of the answer is there, and covers the
// body too if a layer inside reads it, as [AttemptTimeout] does.
//
// It panics if o is nil.
func Metrics(o Observer) func(http.RoundTripper) http.RoundTripper {
	if o == nil {
		panic("transport: Metrics: nil observer")
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return Func(func(req *http.Request) (*http.Response, error) {
			start := time.Now()
			resp, err := next.RoundTrip(req)
			seen := Observation{
				Operation: operation(req),
				Outcome:   outcomeOf(req.Context(), resp, err),
				Duration:  time.Since(start),
				Err:       err,
			}
			if err == nil {
				seen.Status = resp.StatusCode
			}
			o(req.Context(), seen)
			return resp, err
		})
	}
}

// operation names what the request is for.
func operation(req *http.Request) string {
	if op := CallFrom(req.Context()).Operation; op != "" {
		return op
	}
	if req.Method == "" {
		return http.MethodGet
	}
	return req.Method
}
