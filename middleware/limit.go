package middleware

import (
	"net/http"
	"sync/atomic"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// Limit bounds how many deliveries are in hand at once behind it, those that
// wait for a claim included; n must be positive, or Limit panics. One more is
// asked to come again: 503 with Retry-After.
//
// Place it behind [Verify], where only genuine deliveries take a place: before
// it, anybody could fill the places with requests that never end.
func Limit(n int, o *Options) func(http.Handler) http.Handler {
	if n <= 0 {
		panic("middleware: Limit: n must be positive")
	}
	opts := o.orDefault()
	return func(next http.Handler) http.Handler {
		var inHand atomic.Int64
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if inHand.Add(1) <= int64(n) {
				defer inHand.Add(-1)
				next.ServeHTTP(w, r)
				return
			}
			// Before anything that may take time: who is turned away must
			// not take a place.
			inHand.Add(-1)
			d, _ := hooklatch.FromContext(r.Context())
			opts.end(r, Outcome{Result: Overloaded, Delivery: d, Duration: since(d)})
			wire.Later(w, retryAfterOverload)
		})
	}
}
