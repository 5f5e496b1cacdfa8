package transport

import "time"

// A share is the part that this client may take of what the provider says is
// left of its limit. Others may use the same token and read the same answers, so
// a client has no more than half of it under way before it has read a newer
// answer: two clients together then stay within it. And it leaves a tenth of the
// limit for what others have under way that no answer tells yet.
type share struct {
	quota Quota
	at    int // the queue's starts when the answered request had started
}

// learn takes in what the answer to the at-th start says. An answer to an
// earlier start than the last one's knows less.
func (s *share) learn(q Quota, at int, now time.Time, longest time.Duration) {
	if !q.Known || s.quota.Known && at < s.at {
		return
	}
	// Without a time a minute is the guess: nearly all limits are per minute.
	latest := now.Add(min(longest, span))
	if q.Reset.IsZero() {
		q.Reset = latest
	} else if q.Reset.After(now.Add(longest)) {
		q.Reset = now.Add(longest)
	}
	s.quota, s.at = q, at
}

// opens returns when the next request may start after started others, of which
// underWay have no answer yet: now, if the share is not used up.
func (s *share) opens(now time.Time, started, underWay int) time.Time {
	s.renew(now, started)
	unseen := max(started-s.at, underWay)
	if !s.quota.Known || unseen < (s.quota.Remaining-s.quota.Limit/10)/2 {
		return now
	}
	return s.quota.Reset
}

// renew begins the provider's next window when the last one is over. A client
// that was idle for all of it knows nothing of the next.
func (s *share) renew(now time.Time, started int) {
	if !s.quota.Known || now.Before(s.quota.Reset) {
		return
	}
	if s.quota.Limit == 0 || now.Sub(s.quota.Reset) >= span {
		*s = share{}
		return
	}
	s.quota.Remaining, s.at = s.quota.Limit, started
	s.quota.Reset = s.quota.Reset.Add(span)
}
