package transport

import "time"

// jitter is how much later than another that started after it a request may reach
// the provider.
const jitter = 500 * time.Millisecond

// A share is the part that this client may take of what the provider says is
// left of its limit. Others may use the same token and read the same answers, so
// a client has no more than half of it under way: two clients together then stay
// within it. And it leaves a tenth of the limit for what others have under way
// that no answer tells yet. Where both have many answers to read at the same
// moment, a few requests may still be too many.
type share struct {
	quota Quota
	start time.Time // of the request whose answer said so
	// The requests under way, by their number, and when they started.
	underWay map[int]time.Time
}

// begin notes that a request starts.
func (s *share) begin(number int, now time.Time) {
	if s.underWay == nil {
		s.underWay = map[int]time.Time{}
	}
	s.underWay[number] = now
}

// end notes that a request has ended, with an answer that says what is left or
// not. longest bounds the time to the reset that the answer names.
func (s *share) end(number int, q Quota, now time.Time, longest time.Duration) {
	start := s.underWay[number]
	delete(s.underWay, number)
	if !q.Known {
		return
	}
	// Without a time a minute is the guess: nearly all limits are per minute.
	if q.Reset.IsZero() {
		q.Reset = now.Add(min(longest, span))
	} else if q.Reset.After(now.Add(longest)) {
		q.Reset = now.Add(longest)
	}
	// Answers overtake each other: of one window the least that was left is
	// the latest.
	sameWindow := s.quota.Known && q.Reset.Sub(s.quota.Reset).Abs() <= time.Second
	if sameWindow && q.Remaining >= s.quota.Remaining || s.quota.Known && q.Reset.Before(s.quota.Reset.Add(-time.Second)) && start.Before(s.start) {
		return
	}
	s.quota, s.start = q, start
}

// opens returns when the next request may start: now, if the share is not used
// up.
func (s *share) opens(now time.Time) time.Time {
	s.renew(now)
	if !s.quota.Known {
		return now
	}
	counted, open, next := s.count(now)
	left := s.quota.Remaining - s.quota.Limit/10 - counted
	switch {
	case open < left/2:
		return now
	case open > 0 && (left-open)/2 > 0: // when the oldest of them has come through
		return next.Add(jitter)
	}
	return s.quota.Reset
}

// mayOpen reports whether an answer that is awaited may say that more is left.
func (s *share) mayOpen() bool { return len(s.underWay) > 0 }

// count looks at the requests under way that what the provider has said does not
// tell of. It returns how many of them the provider must have counted by now, how
// many are open, and when the first of these has started.
func (s *share) count(now time.Time) (counted, open int, next time.Time) {
	for _, start := range s.underWay {
		switch {
		case !start.After(s.start.Add(-jitter)):
		case now.Sub(start) >= jitter:
			counted++
		default:
			if open++; next.IsZero() || start.Before(next) {
				next = start
			}
		}
	}
	return counted, open, next
}

// renew begins the provider's next window when the last one is over. A client
// that was idle for all of it knows nothing of the next.
func (s *share) renew(now time.Time) {
	if !s.quota.Known || now.Before(s.quota.Reset) {
		return
	}
	if s.quota.Limit == 0 || now.Sub(s.quota.Reset) >= span {
		s.quota = Quota{}
		return
	}
	s.quota.Remaining, s.start = s.quota.Limit, now
	s.quota.Reset = s.quota.Reset.Add(span)
}
