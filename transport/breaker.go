package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// The defaults of [BreakerOptions].
const (
	DefaultFailures = 5
	DefaultOpenFor  = 30 * time.Second
)

// healthyFor is how long a success speaks for the provider.
const healthyFor = 10 * time.Second

// BreakerOptions are what a [Breaker] can be told. Nil and the zero value are
// ready to use.
type BreakerOptions struct {
	// Failures is how many requests have to fail in a row before the
	// circuit opens. Zero is [DefaultFailures].
	Failures int

	// OpenFor is how long it stays open before one request may try. Zero is
	// [DefaultOpenFor].
	OpenFor time.Duration

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
// 429 included. What is neither is as if it had not been sent: the caller's own
// context ended, or a layer refused ([ErrLocalLimit], [ErrCircuitOpen],
// [ErrNoToken]) or gave the answer up ([ErrTooLarge]), or a panic passed.
//
// A Breaker has the state of one provider. It is safe for concurrent use, and
// starts no goroutine that stays.
type Breaker struct {
	opts BreakerOptions
	cb   *gobreaker.TwoStepCircuitBreaker[any]
	line queue // in Layer, of those who got no turn on their way from Check

	// Locks are taken in this order: a queue's, mu, that of cb, notes.mu.
	mu       sync.Mutex
	turns    int
	answered time.Time // when a request last was a success
	watchers []*queue

	notes struct {
		mu      sync.Mutex
		changes []gobreaker.State // not logged yet
		tries   time.Time         // when the circuit is half-open, if it is open
	}
}

// NewBreaker returns a closed breaker. It panics if an option is negative.
func NewBreaker(o *BreakerOptions) *Breaker {
	b := new(Breaker)
	if o != nil {
		b.opts = *o
	}
	if b.opts.Failures < 0 || b.opts.OpenFor < 0 {
		panic("transport: NewBreaker: Failures or OpenFor is negative")
	}
	if b.opts.Failures == 0 {
		b.opts.Failures = DefaultFailures
	}
	if b.opts.OpenFor == 0 {
		b.opts.OpenFor = DefaultOpenFor
	}
	b.cb = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Timeout:       b.opts.OpenFor,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= b.opts.Failures },
		IsExcluded:    func(err error) bool { return errors.Is(err, errNeutral) },
		OnStateChange: func(_ string, _, to gobreaker.State) { b.note(to) },
	})
	return b
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
// was a success, and not 10 seconds ago, slow requests keep nobody waiting. One
// that dies then sees beside the Failures what is sent until the first failure,
// or until those 10 seconds are over: what the limiter lets through.
//
// A request that finds no turn before its deadline has not been sent, and ends
// with [ErrLocalLimit].
func (b *Breaker) Check(next http.RoundTripper) http.RoundTripper {
	return Func(func(r *http.Request) (*http.Response, error) {
		defer b.report()
		t := &turn{b: b}
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
		defer b.report()
		if t := turnFrom(r.Context()); t != nil && t.b == b && !t.held() {
			if err := b.line.wait(r.Context(), "", t, false); err != nil {
				return unsent(r, err)
			}
		}
		done, err := b.cb.Allow()
		if err != nil {
			return unsent(r, b.open())
		}
		verdict := errNeutral
		defer func() { done(verdict) }()
		resp, err := next.RoundTrip(r)
		if verdict = judge(r.Context(), resp, err); verdict == nil {
			b.answer()
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
	case err == nil && resp.StatusCode < 500:
		return nil
	case err == nil, errors.Is(err, ErrTimeout):
		return errFailure
	case ctx.Err() != nil:
		return errNeutral
	}
	for _, own := range [...]error{ErrLocalLimit, ErrCircuitOpen, ErrTooLarge, ErrNoToken} {
		if errors.Is(err, own) {
			return errNeutral
		}
	}
	return errFailure
}

// open returns the error of a request that finds the circuit open, or another
// one probing.
func (b *Breaker) open() error {
	b.notes.mu.Lock()
	defer b.notes.mu.Unlock()
	return &RefusedError{ErrCircuitOpen, max(time.Until(b.notes.tries), 0)}
}

// note remembers a change of state. cb's lock is held: it is no place to log.
func (b *Breaker) note(to gobreaker.State) {
	b.notes.mu.Lock()
	defer b.notes.mu.Unlock()
	b.notes.changes = append(b.notes.changes, to)
	if to == gobreaker.StateOpen {
		// cb waits until the time is past, not only there.
		b.notes.tries = time.Now().Add(b.opts.OpenFor + 1)
	}
}

// report logs what note has remembered, and tells those who wait of it. No lock
// may be held.
func (b *Breaker) report() {
	b.notes.mu.Lock()
	changes := b.notes.changes
	b.notes.changes = nil
	b.notes.mu.Unlock()
	if len(changes) == 0 {
		return
	}
	b.wake()
	log := b.opts.Logger
	if log == nil {
		log = slog.Default()
	}
	for _, to := range changes {
		level := slog.LevelInfo
		if to == gobreaker.StateOpen {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, fmt.Sprintf("circuit %v", to), "open_for", b.opts.OpenFor)
	}
}
