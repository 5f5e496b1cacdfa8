package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// The defaults of [LimiterOptions].
const (
	defaultPause     = 5 * time.Second
	defaultMaxPause  = 5 * time.Minute
	defaultLimitWait = 90 * time.Second
)

// afterPause is how many requests may start at once when a pause is over.
const afterPause = 5

// LimiterOptions are what a [Limiter] can be told. Nil and the zero value are
// ready to use.
type LimiterOptions struct {
	// Burst spreads requests out: no more than this many start at once, and
	// then one at a time, at an even rate of perMinute - Burst a minute. Zero
	// lets an idle client start all that the limit allows at once. It must
	// be less than perMinute, unless that is 1.
	Burst int

	// Classes has limits per minute of their own for requests whose [Call]
	// names one of these classes. They hold beside the global one, and are
	// not spread out.
	Classes map[string]int

	// FailFast refuses a request that can't start at once, instead of
	// letting it wait.
	FailFast bool

	// MaxWait is how long a request waits at most for the limit and after a
	// 429. One that is known to have to wait for longer is refused at once.
	// Zero is 90 seconds.
	MaxWait time.Duration

	// Pause is for how long nothing is sent after a 429 that does not say
	// it in Retry-After. Zero is 5 seconds.
	Pause time.Duration

	// MaxPause is the longest that one answer can keep the client from
	// sending, whatever its headers ask for: by Retry-After, or by a reset
	// that is far away while nothing remains. Zero is 5 minutes. See also
	// [Limiter.Resume].
	MaxPause time.Duration

	// Quota names the headers by which the provider says what is left.
	Quota QuotaHeaders

	// Logger is told of a Retry-After that can't be read. Nil is
	// [slog.Default].
	Logger *slog.Logger
}

// check puts in the defaults and finds everything that is wrong.
func (o *LimiterOptions) check(perMinute int) error {
	var errs []error
	if perMinute <= 0 {
		errs = append(errs, errors.New("perMinute is not positive"))
	}
	if min(o.MaxWait, o.Pause, o.MaxPause) < 0 {
		errs = append(errs, errors.New("negative MaxWait, Pause or MaxPause"))
	}
	if o.Burst < 0 || o.Burst >= max(perMinute, 2) {
		errs = append(errs, fmt.Errorf("burst of %d: it leaves nothing of %d per minute", o.Burst, perMinute))
	}
	for name, perMinute := range o.Classes {
		if name == "" {
			errs = append(errs, errors.New("a class without a name"))
		}
		if perMinute <= 0 {
			errs = append(errs, fmt.Errorf("the limit of class %q is not positive", name))
		}
	}
	if o.MaxWait == 0 {
		o.MaxWait = defaultLimitWait
	}
	if o.Pause == 0 {
		o.Pause = defaultPause
	}
	if o.MaxPause == 0 {
		o.MaxPause = defaultMaxPause
	}
	o.Quota.complete()
	return errors.Join(errs...)
}

// A Limiter keeps the client under the provider's rate limit: never do more than
// perMinute requests start in any 60 seconds, however many callers there are,
// and also if net/http sends one again by itself because a kept connection turned
// out to be dead. A client that was idle may start all of them at once. They
// start in the order in which they came, but do not wait for others that only
// the limit of their class holds up.
//
// The provider's own word counts as well. A 429 stops all callers for as long as
// its Retry-After says (see [RetryAfter]), within MaxPause; afterwards those who
// wait start little by little. What the answers say is left of the provider's
// limit (see [Quota]) is shared with others who use the same token: half of it
// is for this client, until a newer answer tells how much it is then.
//
// A Limiter has the state of one token of the provider's: share it between all
// users of that token. It is safe for concurrent use, and starts no goroutine that
// stays.
type Limiter struct {
	opts  LimiterOptions
	queue queue
}

// NewLimiter returns a limiter of perMinute requests a minute: some below the
// provider's own limit, for the others who may use the token. It panics, and
// names everything that is wrong, if a number is out of range or a class has no
// name.
func NewLimiter(perMinute int, o *LimiterOptions) *Limiter {
	l := new(Limiter)
	if o != nil {
		l.opts = *o
	}
	if err := l.opts.check(perMinute); err != nil {
		panic(fmt.Sprintf("transport: NewLimiter: %v", err))
	}
	l.queue.maxWait = l.opts.MaxWait
	l.queue.all = newWindow(perMinute, l.opts.Burst)
	l.queue.slow = newPace(perMinute, min(afterPause, max(perMinute-1, 1)))
	l.queue.classes = make(map[string]*window, len(l.opts.Classes))
	for name, perMinute := range l.opts.Classes {
		l.queue.classes[name] = newWindow(perMinute, 0)
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
// see [Breaker.Check], so that it counts only when it can start. If its deadline
// passes while only the turn is missing, the error is an ErrLocalLimit that says
// so: nothing was sent, and the provider was not slow to answer.
func (l *Limiter) Layer(next http.RoundTripper) http.RoundTripper {
	return Func(func(r *http.Request) (*http.Response, error) {
		ctx := r.Context()
		class := CallFrom(ctx).Class
		var mu sync.Mutex
		var starts []int // of this request, by their numbers
		wait := func(ctx context.Context, t *turn, atOnce bool) error {
			number, err := l.queue.wait(ctx, class, t, atOnce || l.opts.FailFast)
			if err == nil {
				mu.Lock()
				starts = append(starts, number)
				mu.Unlock()
			}
			return err
		}
		if err := wait(ctx, turnFrom(ctx), false); err != nil {
			return unsent(r, err)
		}
		var quota Quota
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			l.queue.ended(starts, quota, l.opts.MaxPause)
		}()
		resp, err := counted(next, r, func(ctx context.Context, atOnce bool) error {
			return wait(ctx, nil, atOnce)
		})
		if err == nil {
			quota = l.opts.Quota.read(resp.Header, time.Now())
			l.heed(ctx, resp)
		}
		return resp, err
	})
}

// heed stops everything after a 429 (RFC 6585, section 4).
func (l *Limiter) heed(ctx context.Context, resp *http.Response) {
	if resp.StatusCode != http.StatusTooManyRequests {
		return
	}
	pause, ok := RetryAfter(resp.Header, time.Now())
	if !ok {
		pause = l.opts.Pause
		logUnread(ctx, l.opts.Logger, resp)
	}
	l.queue.shut(min(pause, l.opts.MaxPause))
}

// Resume ends a pause that the provider has asked for, and forgets what it has
// said of its limit. It is for people who know better, such as after they have
// talked to the provider. The limiter's own limit still holds.
func (l *Limiter) Resume() { l.queue.resume() }
