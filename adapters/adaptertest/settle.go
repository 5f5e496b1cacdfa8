package adaptertest

import (
	"errors"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// An ending is how a delivery may end.
type ending int

const (
	done     ending = iota // a success on the wire, and in the store
	released               // neither
	either                 // one of these
)

// cut stands for an answer that does not come.
const cut = -1

// want is what a behaviour expects of one delivery.
type want struct {
	end    ending
	status int    // cut: none; 0: not looked at
	body   string // empty: not looked at
}

// settle sends an event to the program, checks the answer, and then by the
// store and by a retry whether the delivery is done.
func (r *rig) settle(w want) answer { return r.settleEvent(event(), w) }

func (r *rig) settleEvent(ev hooktest.Event, w want) answer {
	first := r.send(ev)
	switch {
	case w.status == 0:
	case w.status == cut && first.err == nil:
		r.p.errorf("answer %d %q, want none: the connection cut", first.status, first.body)
	case w.status != cut:
		r.want(first, w.status, w.body)
	}
	r.resend(ev, first, w.end)
	return first
}

// resend sends the event again, with the handler healed, after the first answer
// to it, and checks that it runs again exactly if it has to.
func (r *rig) resend(ev hooktest.Event, first answer, end ending) {
	complete := r.faults.Calls(hooktest.Complete) > 0
	r.p.lost = r.p.lost || end == released && (complete || first.success())
	switch {
	case first.success() != complete:
		r.p.errorf("%s: answer %d (error %v), and completed is %v", rule, first.status, first.err, complete)
	case end == done && !complete:
		r.p.errorf("the delivery is not done, want it done (answer %d)", first.status)
	case end == released && complete:
		r.p.errorf("the delivery is done, want it released (answer %d)", first.status)
	}
	r.wantOutcome(ev.ID, complete)
	before := r.runs.Load()
	r.healed.Store(true)
	defer r.healed.Store(false)
	retry := r.send(ev)
	if complete {
		r.want(retry, 200, duplicate)
	} else {
		r.want(retry, 200, received)
	}
	if again := r.runs.Load() != before; again == complete {
		r.p.errorf("completed is %v, and the retry ran: %v", complete, again)
	}
}

// wantOutcome checks what the endpoint reported of a delivery whose handler has
// ended: a failure once, and with the error that the handler returned.
func (r *rig) wantOutcome(id string, complete bool) {
	var out middleware.Outcome
	var ok bool
	// Where a layer answers by itself, the outcome may come later.
	eventually(func() bool { out, ok = r.outcome(id); return ok })
	failed := out.Result == middleware.Failed || out.Result == middleware.Panicked
	if !ok || failed == complete {
		r.p.errorf("the outcome %q (reported: %v), and completed is %v", out.Result, ok, complete)
	}
	want := 1
	if complete {
		want = 0
	}
	if !eventually(func() bool { return r.errorLines(id) >= want }) || r.errorLines(id) > want {
		r.p.errorf("%d lines of level ERROR, want %d:\n%s", r.errorLines(id), want, r.log.String())
	}
	r.mu.Lock()
	returned := r.returned
	r.mu.Unlock()
	if !complete && returned != nil && !errors.Is(out.Err, returned) {
		r.p.errorf("the outcome's error is %v, and does not wrap the handler's, %v", out.Err, returned)
	}
}
