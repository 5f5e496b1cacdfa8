package transport

import (
	"math"
	"sort"
	"time"

	"golang.org/x/time/rate"
)

// span is how long a start counts against its limit. It is a second more than
// the minute that the limit is for: requests that start a minute apart may reach
// the provider closer together.
const span = time.Minute + time.Second

// A window allows limit starts within any span. It remembers them all, so that
// the limit is kept exactly and an idle client may use all of it at once. A nil
// window allows everything.
type window struct {
	limit   int
	starts  []time.Time // within the last span, in order
	waiting int         // of the queue's waiters, those that need this window
	pace    *pace       // nil: as fast as the window allows
}

func newWindow(perMinute, burst int) *window {
	w := &window{limit: perMinute}
	if burst > 0 {
		w.pace = newPace(perMinute, burst)
	}
	return w
}

// until returns how long after from the n-th of the next starts may be, if all
// of them are as early as possible.
func (w *window) until(n int, from time.Time) time.Duration {
	if w == nil {
		return 0
	}
	w.forget(from)
	// The n-th start is a span after the one that is limit places before it:
	// one that has been, or one of the next, which is a span after another.
	spans, place := (n-1)/w.limit, (n-1)%w.limit
	at := from
	if i := len(w.starts) + place - w.limit; i >= 0 {
		if old := w.starts[i].Add(span); old.After(at) {
			at = old
		}
	}
	return max(at.Add(time.Duration(spans)*span).Sub(from), w.pace.until(n, from))
}

// stillWaiting returns how many of the window's waiters can't have started at
// the time at, if none starts before from.
func (w *window) stillWaiting(from, at time.Time) int {
	return w.waiting - sort.Search(w.waiting, func(n int) bool { return w.until(n+1, from) > at.Sub(from) })
}

func (w *window) start(now time.Time) {
	if w == nil {
		return
	}
	w.forget(now)
	w.starts = append(w.starts, now)
	w.pace.start(now)
}

// forget drops the starts that count no more.
func (w *window) forget(now time.Time) {
	old := 0
	for old < len(w.starts) && now.Sub(w.starts[old]) >= span {
		old++
	}
	w.starts = w.starts[old:]
}

func (w *window) join(n int) {
	if w != nil {
		w.waiting += n
	}
}

// A pace spreads starts out: a burst at once, then one at a time. A nil pace
// does not.
type pace struct{ tokens *rate.Limiter }

// newPace returns a pace whose burst and what follows it stay below perMinute.
func newPace(perMinute, burst int) *pace {
	perSecond := float64(max(perMinute-burst, 1)) / 60
	return &pace{rate.NewLimiter(rate.Limit(perSecond), burst)}
}

// until is the pace's [window.until].
func (p *pace) until(n int, from time.Time) time.Duration {
	if p == nil {
		return 0
	}
	missing := float64(n) - p.tokens.TokensAt(from)
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(p.tokens.Limit()) * float64(time.Second)))
}

func (p *pace) start(now time.Time) {
	if p != nil {
		p.tokens.AllowN(now, 1)
	}
}
