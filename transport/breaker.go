package transport

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// The defaults of [BreakerOptions].
const (
	defaultFailures = 5
	defaultOpenFor  = 30 * time.Second
)

// BreakerOptions are what a [Breaker] can be told. Nil and the zero value are
// ready to use.
type BreakerOptions struct {
	// Failures is how many requests have to fail in a row before the
	// circuit opens. Zero is 5.
	Failures int

	// OpenFor is how long it stays open before one request may try. Zero is
	// 30 seconds.
	OpenFor time.Duration

	// Classes are those of [Call] that have a circuit of their own each:
	// what the provider does for one of them may be down while the rest
	// works. All other requests share one circuit.
	Classes []string

	// Logger gets one line when the circuit opens, when it is tried and when
	// it closes. Nil is [slog.Default].
	Logger *slog.Logger
}

// A Breaker spares a provider that is down, and callers the wait for it. After
// some failures in a row its circuit opens: requests fail at once with
// [ErrCircuitOpen], wrapped in a [RefusedError]. After a while one of them is
// sent as a probe (the circuit is half-open): an answer closes the circuit,
// another failure keeps it open for as long again.
//
// A failure is an answer of 500 and above, an [ErrTimeout], or another error of
// the request's; an answer below 500 is a success, for the provider is there,
// 429 included, and so is 501, which says that it does not know the method (RFC
// 9110, section 15.6.2). What is neither is as if it had not been sent: the
// caller's own context ended, or a layer refused ([ErrLocalLimit],
// [ErrCircuitOpen], [ErrNoToken]) or gave the answer up ([ErrTooLarge]), or a
// panic passed.
//
// A Breaker has the state of one provider. It is safe for concurrent use, and
// starts no goroutine that stays.
type Breaker struct {
	shared  *circuit
	classes map[string]*circuit
}

// NewBreaker returns a breaker whose circuits are closed. It panics if an option
// is negative.
func NewBreaker(o *BreakerOptions) *Breaker {
	var opts BreakerOptions
	if o != nil {
		opts = *o
	}
	if opts.Failures < 0 || opts.OpenFor < 0 {
		panic("transport: NewBreaker: Failures or OpenFor is negative")
	}
	opts.Failures = cmp.Or(opts.Failures, defaultFailures)
	opts.OpenFor = cmp.Or(opts.OpenFor, defaultOpenFor)
	b := &Breaker{shared: newCircuit("", &opts), classes: map[string]*circuit{}}
	for _, class := range opts.Classes {
		b.classes[class] = newCircuit(class, &opts)
	}
	return b
}

// circuit returns the circuit of a request with the context.
func (b *Breaker) circuit(ctx context.Context) *circuit {
	if c, ok := b.classes[CallFrom(ctx).Class]; ok {
		return c
	}
	return b.shared
}

// Check is the layer in front of a [Limiter] that goes with Layer behind it: it
// fails at once while the circuit is open, so that no token is spent.
//
// It also bounds what a provider gets to see that is down without saying so.
// All requests that are sent before the first of them has failed are sent in
// vain, so no more may be in flight at a time than failures are missing to open
// the circuit, and one while it is half-open. The others wait, in the limiter's
// queue or, where there is none, in Layer; they are then sent, or told that the
// circuit has opened. A provider that is dead from the start, or has been silent
// for 10 seconds when it dies, sees Failures requests and no more.
//
// A provider known to be in good health is spared that: while its last answer
// was a success, and not 10 seconds ago, slow requests keep no others waiting. One
// that dies then sees beside the Failures what is sent until the first failure,
// or until those 10 seconds are over: what the limiter lets through.
//
// A request that finds no turn before its deadline has not been sent, and ends
// with [ErrLocalLimit].
func (b *Breaker) Check(next http.RoundTripper) http.RoundTripper {
	return Func(func(r *http.Request) (*http.Response, error) {
		c := b.circuit(r.Context())
		defer c.report()
		t := &turn{c: c}
		if err := t.refused(); err != nil {
			return unsent(r, err)
		}
		defer t.end()
		return next.RoundTrip(r.WithContext(context.WithValue(r.Context(), turnKey{}, t)))
	})
}

// Layer is the layer that counts how requests end and keeps them from being
// sent while the circuit is open. It works without Check as well. Then as many
// requests are sent to a dead provider as callers come before the circuit is
// open.
func (b *Breaker) Layer(next http.RoundTripper) http.RoundTripper {
	return Func(func(r *http.Request) (*http.Response, error) {
		c := b.circuit(r.Context())
		defer c.report()
		if t := turnFrom(r.Context()); t != nil && t.c == c && !t.held() {
			if _, err := c.line.wait(r.Context(), "", t, false); err != nil {
				return unsent(r, err)
			}
		}
		done, err := c.cb.Allow()
		if err != nil {
			return unsent(r, c.open())
		}
		verdict := errNeutral
		defer func() { done(verdict) }()
		resp, err := next.RoundTrip(r)
		if verdict = judge(r.Context(), resp, err); verdict == nil {
			c.answer()
		}
		return resp, err
	})
}

var (
	errFailure = errors.New("failure")
	errNeutral = errors.New("neither success nor failure")
)

// judge says what the end of a request tells of the provider: nil that it is
// there, errFailure that it is not, errNeutral nothing.
func judge(ctx context.Context, resp *http.Response, err error) error {
	switch {
	case err == nil && (resp.StatusCode < 500 || resp.StatusCode == http.StatusNotImplemented):
		return nil
	case err == nil, errors.Is(err, ErrTimeout), errors.Is(err, errNotResent):
		return errFailure
	case ctx.Err() != nil:
		return errNeutral
	}
	for _, own := range [...]error{ErrLocalLimit, ErrCircuitOpen, ErrTooLarge, ErrNoToken, ErrRedirected} {
		if errors.Is(err, own) {
			return errNeutral
		}
	}
	return errFailure
}
