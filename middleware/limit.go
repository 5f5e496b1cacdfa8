package middleware

import (
	"net/http"
	"sync/atomic"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// Limit returns the layer that bounds how many deliveries are worked on at once
// behind it. The sender of any more is asked to try again: 503 with Retry-After.
// A delivery that waits in Once for another attempt at the same id gives up its
// place meanwhile.
//
// Place Limit behind Verify, where only genuine deliveries take a place: before
// it, requests that never end could fill all places.
//
// Limit panics if n is not positive.
func (e *Endpoint) Limit(n int) func(http.Handler) http.Handler {
	if n <= 0 {
		panic("middleware: Limit: n must be positive")
	}
	return func(next http.Handler) http.Handler {
		checkNext("Limit", next)
		return &limiter{endpoint: e, next: next, most: int64(n)}
	}
}

type limiter struct {
	endpoint *Endpoint
	next     http.Handler
	most     int64
	inHand   atomic.Int64
}

func (l *limiter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, ok := hooklatch.FromContext(r.Context()); ok {
		if d, err := l.endpoint.delivery(r.Context(), "Limit"); err != nil {
			l.endpoint.misplaced(w, r, d, err)
			return
		}
	}
	if !l.enter() {
		l.endpoint.overloaded(w, r)
		return
	}
	f, captured := r.Context().Value(flowKey{}).(*flow)
	if !captured {
		defer l.leave()
		l.next.ServeHTTP(w, r)
		return
	}
	outer := f.limit.Swap(l)
	defer func() {
		if f.limit.Swap(outer) == l { // nil if it was given up
			l.leave()
		}
	}()
	l.next.ServeHTTP(w, r)
}

// enter takes a place. A request that is turned away must not hold one while it
// is logged and answered.
func (l *limiter) enter() bool {
	if l.inHand.Add(1) <= l.most {
		return true
	}
	l.inHand.Add(-1)
	return false
}

func (l *limiter) leave() { l.inHand.Add(-1) }

// overloaded turns a delivery away because too many are worked on.
func (e *Endpoint) overloaded(w http.ResponseWriter, r *http.Request) {
	d, _ := hooklatch.FromContext(r.Context())
	e.Report(r, Outcome{Result: Overloaded, Delivery: d})
	wire.Later(w, retryAfterOverload)
}
