package linktreetest

import "time"

// A window has the times of the requests that a token has spent of its limit,
// the oldest first: those of the last 60 seconds.
type window struct{ spent []time.Time }

const windowSize = time.Minute

// A rate is where a token stands with its limit.
type rate struct {
	remaining int
	resets    time.Time // when the next request is given back
	refused   bool
}

// take spends one request of the limit, or refuses. What is refused counts for
// nothing. A request counts for 60 seconds, and no more when they are over.
func (w *window) take(now time.Time, limit int) rate {
	over := 0
	for over < len(w.spent) && now.Sub(w.spent[over]) >= windowSize {
		over++
	}
	w.spent = append(w.spent[:0], w.spent[over:]...)
	refused := len(w.spent) >= limit
	if !refused {
		w.spent = append(w.spent, now)
	}
	return rate{
		remaining: limit - len(w.spent),
		resets:    w.spent[0].Add(windowSize),
		refused:   refused,
	}
}
