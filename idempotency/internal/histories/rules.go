package histories

import "github.com/hooklatch/hooklatch/idempotency"

// claim is the contract of Claim. A grant without a fence is one whose answer
// was lost.
func (c Contract) claim(s state, call Call, got idempotency.Claim, m moment) []state {
	r := call.Request
	switch got.State {
	case idempotency.Granted:
		if got.RetryAfter != 0 || got.Fingerprint != r.Fingerprint {
			return nil
		}
		return c.granted(s, r, got.Fence, m)
	case idempotency.InFlight:
		if got.Fence != 0 || got.RetryAfter <= 0 {
			return nil
		}
		if c.FailOpen && (s.in == 0 || s.in == idempotency.InFlight && (s.holder.Owner != r.Owner || m.to >= s.early)) {
			s.now = m.from
			return []state{s}
		}
		s, ok := s.live(m)
		if !ok || s.in != idempotency.InFlight || s.holder.Owner == r.Owner {
			return nil
		}
		if got.Fingerprint != s.holder.Fingerprint {
			return nil
		}
		// The lease ends between early and late.
		if got.RetryAfter > add(s.lease, c.Slack) || s.early != never && got.RetryAfter < s.early-m.to || s.late != never && got.RetryAfter > s.late-m.call {
			return nil
		}
		return []state{s}
	case idempotency.Done:
		s, ok := s.live(m)
		if !ok || s.in != idempotency.Done || got.Fence != 0 || got.RetryAfter != 0 {
			return nil
		}
		if got.Fingerprint != s.holder.Fingerprint && !c.FailOpen {
			return nil
		}
		return []state{s}
	}
	return nil
}

// granted is the contract of a Claim that is Granted.
func (c Contract) granted(s state, r idempotency.Request, fence uint64, m moment) []state {
	lost := fence == 0
	switch {
	case s.in == idempotency.InFlight && s.holder.Owner == r.Owner:
		switch {
		case lost || fence == s.fence:
		case s.fence == 0 && (fence > s.top || c.FailOpen):
			s.fence = fence
		default:
			return nil
		}
		return []state{s.until(m, r.Lease, c.Slack)}
	case s.in == 0, s.in == idempotency.Done && c.Bounded:
	default:
		var ok bool
		if s, m, ok = s.over(m); !ok {
			return nil
		}
	}
	top := max(s.top, s.fence)
	if !lost && (c.FailOpen && fence == s.fence || !c.FailOpen && fence <= top) {
		return nil
	}
	s = state{in: idempotency.InFlight, holder: r, fence: fence, top: top}
	return []state{s.until(m, r.Lease, c.Slack)}
}

// hold is the contract of Extend, Complete and Release.
func (c Contract) hold(s state, call Call, err Kind, m moment) []state {
	holds := s.in == idempotency.InFlight && s.fence == call.Fence && s.fence != 0
	done := call.Op == Complete && s.in == idempotency.Done && s.fence == call.Fence
	switch {
	case err == None && holds && call.Op == Extend:
		return []state{s.until(m, call.For, c.Slack)}
	case err == None && holds && call.Op == Complete:
		s.in = idempotency.Done
		return []state{s.until(m, call.For, c.Slack)}
	case err == None && holds:
		s.top = max(s.top, s.fence)
		return []state{s.unknown(m)}
	case err == None && c.FailOpen && call.Op == Extend && s.in == idempotency.Done && s.fence == call.Fence:
		return []state{s} // its Complete has failed, and may be tried again
	case err == None && done: // again
		if s, ok := s.live(m); ok {
			return []state{s}
		}
	case err == Lost && holds && c.FailOpen, err == Lost && done && !c.Bounded && !c.FailOpen:
		if s, m, ok := s.over(m); ok {
			s.top = max(s.top, s.fence)
			return []state{s.unknown(m)}
		}
	case err == Lost && !holds: // for a done key, a bounded store has forgotten it
		s.now = m.from
		return []state{s}
	}
	return nil
}

// forget is the contract of Forget.
func (c Contract) forget(s state, a Answer, m moment) []state {
	known := s
	known.top = max(s.top, s.fence)
	switch {
	case a.Err == InFlight && !a.Forgot && (s.in == idempotency.InFlight || c.FailOpen):
		s.now = m.from
		return []state{s}
	case a.Err != None:
	case a.Forgot && s.in == idempotency.Done:
		if s, ok := known.live(m); ok {
			return []state{s.unknown(m)}
		}
	case a.Forgot:
	case s.in == 0, s.in == idempotency.Done && c.Bounded:
		return []state{known.unknown(m)}
	case s.in == idempotency.Done:
		if s, m, ok := known.over(m); ok {
			return []state{s.unknown(m)}
		}
	}
	return nil
}

// bind is the contract of Bind.
func (c Contract) bind(s state, call Call, got idempotency.Key, m moment) []state {
	var next []state
	if live, ok := s.live(m); ok && s.in == idempotency.Done && got == s.bound {
		next = append(next, live)
	}
	if got != call.Bound {
		return next
	}
	if s.in == 0 || c.Bounded {
		s = state{in: idempotency.Done, bound: got}
		return append(next, s.until(m, call.For, c.Slack))
	}
	if s, m, ok := s.over(m); ok {
		s.bound = got
		next = append(next, s.until(m, call.For, c.Slack))
	}
	return next
}
