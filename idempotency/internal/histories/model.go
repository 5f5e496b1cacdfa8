package histories

import (
	"math"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Contract is what the stores of a history have promised.
type Contract struct {
	// Slack is how much the store's clock and the history's may differ, and
	// to how much a store rounds durations up.
	Slack time.Duration

	// Healthy stores fail no call but those that they must refuse.
	Healthy bool

	// Bounded stores may forget what is done at any time.
	Bounded bool

	// FailOpen holds a store to what [idempotency.FailOpen] promises while
	// its shared store fails. Fences need not rise. A Claim whose answer was
	// lost may be in flight in the shared store though no caller holds it:
	// so may an unknown key be, the fingerprint may be that Claim's, Forget
	// may find the key in flight, and a holder whose lease is over may have
	// lost its claim. What is done can be in flight in the shared store: its
	// holder may Extend it there, and hear that it is lost.
	FailOpen bool
}

// never is the time of what does not happen.
const never = time.Duration(math.MaxInt64)

// A state is what is known of a key, or of a digest, after some of its calls.
type state struct {
	now time.Duration // the last call took effect then, or later

	in          idempotency.State // 0: unknown; Done: bound, for a digest
	holder      idempotency.Request
	fence       uint64 // 0 if in flight: the answer was lost, and it is above top
	top         uint64 // the highest fence before that
	lease       time.Duration
	early, late time.Duration // the lease or retention can be over, and is over
	bound       idempotency.Key
}

// A moment is what is known of when a call takes effect: from when, and to when.
// The store may have looked at its clock before that, but not before the call.
type moment struct{ call, from, to time.Duration }

// live returns the state if the call can have found its lease or retention not
// over.
func (s state) live(m moment) (state, bool) {
	s.now = m.from
	return s, m.call < s.late
}

// over returns the state, with the lease or retention over, if the call can take
// effect after that.
func (s state) over(m moment) (state, moment, bool) {
	m.from = max(m.from, s.early)
	s.now = m.from
	return s, m, m.from <= m.to
}

// until returns the state with a lease or retention that begins in the moment.
func (s state) until(m moment, d, slack time.Duration) state {
	s.now, s.lease = m.from, d
	s.early, s.late = add(m.call, d-slack), add(add(m.to, d), slack)
	return s
}

func add(t, d time.Duration) time.Duration {
	if d > never-t {
		return never
	}
	return t + d
}

// unknown returns the state of a key that is neither in flight nor done.
func (s state) unknown(m moment) state {
	return state{now: m.from, top: s.top}
}

// step returns the states that the call can lead to, if it was answered so.
func (c Contract) step(s state, call Call, a Answer) []state {
	m := moment{call.At, max(s.now, call.At), a.At}
	switch {
	case call.Ended && (a.Err != Failed || a.Claim != idempotency.Claim{}):
		return nil
	case call.Op != Release && call.Op != Forget && call.For <= 0:
		if a.Err != Failed {
			return nil
		}
		return []state{s} // refused
	case a.Err == Failed:
		if (a.Claim != idempotency.Claim{}) || a.Forgot || c.Healthy && !call.Ended {
			return nil
		}
		m.to = never
		return append(c.lost(s, call, m), s)
	case m.from > m.to:
		return nil
	}
	switch call.Op {
	case Claim:
		return c.claim(s, call, a.Claim, m)
	case Forget:
		return c.forget(s, a, m)
	case Bind:
		return c.bind(s, call, a.Bound, m)
	}
	return c.hold(s, call, a.Err, m)
}

// lost returns the states that a call whose answer was lost can lead to.
func (c Contract) lost(s state, call Call, m moment) []state {
	switch call.Op {
	case Claim:
		granted := idempotency.Claim{State: idempotency.Granted, Fingerprint: call.Request.Fingerprint}
		return c.claim(s, call, granted, m)
	case Forget:
		return c.forget(s, Answer{Forgot: true}, m)
	case Bind:
		return c.bind(s, call, call.Bound, m)
	}
	return c.hold(s, call, None, m)
}

// Model returns the contract for Porcupine. States and calls are compared by
// value; a history is cut by store and key.
func (c Contract) Model() porcupine.Model {
	nondeterministic := porcupine.NondeterministicModel{
		Partition: partition,
		Init:      func() []any { return []any{state{}} },
		Step: func(s, call, answer any) []any {
			next := c.step(s.(state), call.(Call), answer.(Answer))
			states := make([]any, len(next))
			for i, s := range next {
				states[i] = s
			}
			return states
		},
	}
	return nondeterministic.ToModel()
}

// partition cuts a history by store and key; digests are apart from keys.
func partition(history []porcupine.Operation) [][]porcupine.Operation {
	type part struct {
		store int
		key   idempotency.Key
		bind  bool
	}
	parts := make(map[part][]porcupine.Operation)
	for _, op := range history {
		call := op.Input.(Call)
		p := part{call.Store, call.Key, call.Op == Bind}
		parts[p] = append(parts[p], op)
	}
	all := make([][]porcupine.Operation, 0, len(parts))
	for _, ops := range parts {
		all = append(all, ops)
	}
	return all
}
