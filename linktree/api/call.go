package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/transport"
)

// CallOptions are what single calls can be told, by their context. The zero
// value changes nothing.
type CallOptions struct {
	// IdempotencyKey goes with a POST or PATCH. A call that is repeated with
	// the same key, by the client or by the program, takes effect once, if
	// the provider honours keys. A context with a key is for one write.
	IdempotencyKey string

	// Timeout bounds each attempt. Zero is that of Options.Timeouts.
	Timeout time.Duration

	// Fresh wants the provider's own answer: one that is kept does not do,
	// even if the provider can't be reached.
	Fresh bool

	// Answer, if it is not nil, is filled in by every call that is answered
	// with success; of several requests, such as a list's pages, the last one
	// stays. Calls that run at the same time must not share it.
	Answer *Answer
}

// An Answer is what the provider has answered, beside what the call returns.
type Answer struct {
	Status    int
	Header    http.Header
	RequestID string          // what the provider's support asks for; empty if unknown
	Body      json.RawMessage // as it came; empty if there was none
	Freshness                 // whether it came from memory
}

// empty tells whether a success has no content (RFC 9110, section 15.3.5, or
// another status without a body).
func (a *Answer) empty() bool { return len(a.Body) == 0 }

// created returns the id of what was made, if the answer says where it is (RFC
// 9110, section 15.3.2).
func (a *Answer) created() string {
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil || u.Path == "" {
		return ""
	}
	id := path.Base(u.Path)
	if id == "." || id == "/" || len(id) > maxID {
		return ""
	}
	return discreet.Word(id)
}

type optionsKey struct{}

// WithOptions returns a copy of ctx whose calls have the options, in place of
// those that ctx had.
func WithOptions(ctx context.Context, o CallOptions) context.Context {
	return context.WithValue(ctx, optionsKey{}, o)
}

// Fresh returns a copy of ctx whose reads want the provider's own answer; see
// [CallOptions]. Its other options stay.
//
//	profile, err := client.Profile(api.Fresh(ctx))
func Fresh(ctx context.Context) context.Context {
	o := callOptions(ctx)
	o.Fresh = true
	return WithOptions(ctx, o)
}

func callOptions(ctx context.Context) CallOptions {
	o, _ := ctx.Value(optionsKey{}).(CallOptions)
	return o
}

// A tally is what a call's requests have come to so far.
type tally struct {
	sent    atomic.Int64
	foreign atomic.Bool // its token is of another account than Options.Account
	unknown atomic.Bool // one may have taken effect, if the call does not succeed
}

type tallyKey struct{}

// counting is the layer around the transport that keeps the tally.
func counting(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		t, ok := r.Context().Value(tallyKey{}).(*tally)
		if !ok {
			return next.RoundTrip(r)
		}
		t.sent.Add(1)
		resp, err := next.RoundTrip(r)
		switch {
		case err != nil:
			if !discreet.NeverSent(err) {
				t.unknown.Store(true)
			}
		// A refusal tells nothing of a request before.
		case resp != nil && (resp.StatusCode < 300 || resp.StatusCode >= 500) && resp.StatusCode != http.StatusNotImplemented:
			t.unknown.Store(true)
		}
		return resp, err
	})
}
