package check

import (
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// A clock compares this machine's with the provider's, by the Date of answers
// (RFC 9110, section 6.6.1).
//
// Date is in whole seconds, cut off, and of some moment between when the request
// was sent and when the answer came. The truth is thus within an interval, and
// the shortest one that was seen is the best.
type clock struct {
	answers int
	known   bool
	ahead   time.Duration // how far the provider's is ahead: the interval's middle
	within  time.Duration // half its length
}

// layer reads the Date of every answer. It is for one request at a time, and
// wants none of a cache on the way, which comes with an old Date (RFC 9111,
// section 5.2.1.4).
func (k *clock) layer(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		start := time.Now()
		var trip trip
		r = r.Clone(httptrace.WithClientTrace(r.Context(), trip.trace()))
		r.Header.Set("Cache-Control", "no-cache")
		resp, err := next.RoundTrip(r)
		if err == nil {
			sent, came := trip.times(start, time.Now())
			k.read(resp.Header, sent, came)
		}
		return resp, err
	})
}

// read takes the Date of an answer.
func (k *clock) read(h http.Header, sent, came time.Time) {
	k.answers++
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	least := date.Sub(came)
	within := (date.Add(time.Second).Sub(sent) - least) / 2
	if !k.known || within < k.within {
		k.known, k.ahead, k.within = true, least+within, within
	}
}

// A trip is when the last attempt of a request was on the wire, without what the
// layers waited before. Only net/http's transport tells.
type trip struct {
	mu         sync.Mutex // it tells by several goroutines
	sent, came time.Time
}

func (t *trip) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.sent, t.came = time.Now(), time.Time{}
		},
		GotFirstResponseByte: func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.came = time.Now()
		},
	}
}

// times returns the trip's, or those given if they are not known.
func (t *trip) times(sent, came time.Time) (time.Time, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sent.IsZero() || t.came.IsZero() {
		return sent, came
	}
	return t.sent, t.came
}

// skew judges what the clock has found.
func (k *checker) skew() Item {
	switch {
	case k.clock.answers == 0:
		return skipped(unanswering)
	case !k.clock.known:
		return warned("the provider's answers don't have the time (Date): compare this machine's clock yourself")
	}
	return k.judgeSkew().
		with("skew_seconds", k.clock.ahead.Seconds()).
		with("within_seconds", k.clock.within.Seconds())
}

func (k *checker) judgeSkew() Item {
	// What is certain of the difference.
	off := k.clock.ahead.Abs() - k.clock.within
	direction := "behind"
	if k.clock.ahead < 0 {
		direction = "ahead of"
	}
	apart := fmt.Sprintf("this machine's clock is %v %s the provider's: set it (NTP)", k.clock.ahead.Abs().Round(time.Second), direction)
	switch {
	case off >= refusedSkew:
		return failed(apart+fmt.Sprintf("; webhooks are refused when it is over %v", refusedSkew), nil)
	case off > k.opts.MaxSkew:
		return warned(apart)
	}
	return passed(fmt.Sprintf("at most %v from the provider's clock", (k.clock.ahead.Abs() + k.clock.within).Round(time.Second)))
}
