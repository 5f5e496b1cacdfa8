package transport

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// maxBurst is how many requests may start at once. What a burst adds to the
// first minute is taken from all others: see newBucket.
const maxBurst = 5

// burstFor returns the burst of a limit that is given none.
func burstFor(perMinute int) int {
	return min(max(perMinute/10, 1), maxBurst)
}

// A bucket has the tokens of one limit. A nil bucket never lacks any.
type bucket struct {
	tokens  *rate.Limiter
	waiting int // of the queue's waiters, those who need a token of this one
}

// newBucket returns a bucket that gives at most perMinute tokens in any 60
// seconds. A full one gives its burst at once and then goes on at its rate, so
// that the rate is what the burst leaves of the limit.
func newBucket(perMinute, burst int) *bucket {
	perSecond := float64(max(perMinute-burst, 1)) / 60
	return &bucket{tokens: rate.NewLimiter(rate.Limit(perSecond), burst)}
}

// until returns how long after from there are n tokens, if none is spent.
func (b *bucket) until(n int, from time.Time) time.Duration {
	if b == nil {
		return 0
	}
	missing := float64(n) - b.tokens.TokensAt(from)
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(b.tokens.Limit()) * float64(time.Second)))
}

// stillWaiting returns how many of the bucket's waiters it has no token for at
// the time at, if none is spent before from.
func (b *bucket) stillWaiting(from, at time.Time) int {
	tokens := b.tokens.TokensAt(from) + at.Sub(from).Seconds()*float64(b.tokens.Limit())
	return max(b.waiting-int(tokens), 0)
}

func (b *bucket) spend(now time.Time) {
	if b != nil {
		b.tokens.AllowN(now, 1)
	}
}

func (b *bucket) join(n int) {
	if b != nil {
		b.waiting += n
	}
}
