package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The defaults of [LimiterOptions].
const (
	DefaultPerMinute = 90
	DefaultPause     = 5 * time.Second
)

// LimiterOptions are what a [Limiter] can be told. Nil and the zero value are
// ready to use.
type LimiterOptions struct {
	// PerMinute is how many requests may start in any 60 seconds. Zero is
	// [DefaultPerMinute], a tenth below the limit of Linktree's API.
	PerMinute int

	// Burst is how many of them may start at once, 5 at most. Zero is a
	// tenth of PerMinute, but 1 at least and 5 at most. A burst is paid for:
	// those who want to send without a pause get PerMinute - Burst a minute.
	Burst int

	// Classes has limits per minute of their own for requests whose [Call]
	// names one of these classes. They hold beside the global one, and have
	// the burst that PerMinute would give.
	Classes map[string]int

	// FailFast refuses a request that can't start at once, instead of
	// letting it wait.
	FailFast bool

	// MaxWait is how long a request waits at most for the limit and after a
	// 429. One that is known to have to wait for longer is refused at once.
	// Zero is [DefaultMaxWait].
	MaxWait time.Duration

	// Pause is for how long nothing is sent after a 429 that does not say
	// it in Retry-After. Zero is [DefaultPause].
	Pause time.Duration
}

// check puts in the defaults and finds everything that is wrong.
func (o *LimiterOptions) check() error {
	if o.PerMinute == 0 {
		o.PerMinute = DefaultPerMinute
	}
	if o.Burst == 0 {
		o.Burst = burstFor(o.PerMinute)
	}
	if o.MaxWait == 0 {
		o.MaxWait = DefaultMaxWait
	}
	if o.Pause == 0 {
		o.Pause = DefaultPause
	}
	var errs []error
	if o.PerMinute < 0 || o.MaxWait < 0 || o.Pause < 0 {
		errs = append(errs, errors.New("negative PerMinute, MaxWait or Pause"))
	}
	switch {
	case o.Burst < 0 || o.Burst > maxBurst:
		errs = append(errs, fmt.Errorf("burst of %d: it may be 0 to %d", o.Burst, maxBurst))
	case o.PerMinute > 1 && o.Burst >= o.PerMinute:
		errs = append(errs, fmt.Errorf("burst of %d: it leaves nothing of %d per minute", o.Burst, o.PerMinute))
	}
	for name, perMinute := range o.Classes {
		if name == "" {
			errs = append(errs, errors.New("a class without a name"))
		}
		if perMinute <= 0 {
			errs = append(errs, fmt.Errorf("the limit of class %q is not positive", name))
		}
	}
	return errors.Join(errs...)
}

// A Limiter keeps the client under the provider's rate limit: never more than
// PerMinute requests start in any 60 seconds, however many callers there are.
// They start in the order in which they came, but do not wait for others that
// only the limit of their class holds up.
//
// The provider's own word counts as well: a 429 stops everybody for as long as
// its Retry-After says, see [RetryAfter]; who waits then starts little by
// little.
//
// A Limiter has the state of one token of the provider's, and is to be shared
// by all who use that. It is safe for concurrent use, and starts no goroutine
// that stays.
type Limiter struct {
	opts  LimiterOptions
	queue queue
}

// NewLimiter returns a limiter. It panics, and names everything that is wrong,
// if the options are: numbers that are negative, a burst over 5 or that leaves
// nothing of PerMinute, a class without a name or a limit.
func NewLimiter(o *LimiterOptions) *Limiter {
	l := new(Limiter)
	if o != nil {
		l.opts = *o
	}
	if err := l.opts.check(); err != nil {
		panic(fmt.Sprintf("transport: NewLimiter: %v", err))
	}
	l.queue.maxWait = l.opts.MaxWait
	l.queue.all = newBucket(l.opts.PerMinute, l.opts.Burst)
	l.queue.classes = make(map[string]*bucket, len(l.opts.Classes))
	for name, perMinute := range l.opts.Classes {
		l.queue.classes[name] = newBucket(perMinute, burstFor(perMinute))
	}
	return l
}

// Layer is the layer that lets requests wait until they may start. Place it
// inside a layer that retries, whose every attempt counts.
//
// A request whose context would end before it can start is refused at once with
// [ErrLocalLimit], wrapped in a [RefusedError], and so is one that would have to
// wait for longer than MaxWait, or to wait and FailFast is set. It has spent
// nothing then. When its context ends while it waits, the error is the
// context's.
//
// In a chain with a [Breaker] this is also where a request waits for its turn,
// see [Breaker.Check], so that it spends a token only when it can start. If its
// deadline passes while only the turn is missing, the error is an ErrLocalLimit
// that says so: nothing was sent, and nobody was slow to answer.
func (l *Limiter) Layer(next http.RoundTripper) http.RoundTripper {
	return Func(func(r *http.Request) (*http.Response, error) {
		ctx := r.Context()
		class := CallFrom(ctx).Class
		if err := l.queue.wait(ctx, class, turnFrom(ctx), l.opts.FailFast); err != nil {
			return unsent(r, err)
		}
		again := func(ctx context.Context) error {
			return l.queue.wait(ctx, class, nil, l.opts.FailFast)
		}
		resp, err := next.RoundTrip(r.WithContext(onRepeat(ctx, again)))
		if err == nil && resp.StatusCode == http.StatusTooManyRequests {
			l.queue.shut(l.pause(resp.Header))
		}
		return resp, err
	})
}

// pause returns for how long a 429 with the header stops everybody.
func (l *Limiter) pause(h http.Header) time.Duration {
	if d, ok := RetryAfter(h, time.Now()); ok {
		return d
	}
	return l.opts.Pause
}
