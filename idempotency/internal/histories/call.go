package histories

import (
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// An Op is a method of a store.
type Op string

// The methods that histories are made of.
const (
	Claim    Op = "Claim"
	Extend   Op = "Extend"
	Complete Op = "Complete"
	Release  Op = "Release"
	Forget   Op = "Forget"
	Bind     Op = "Bind"
)

// A Call is what a store was asked.
type Call struct {
	Op    Op
	Store int             // which of the storm's
	Key   idempotency.Key // the digest of a Bind
	At    time.Duration   // since the history began

	Request idempotency.Request // of a Claim
	Fence   uint64              // of an Extend, a Complete or a Release
	For     time.Duration       // the lease, the retention or the ttl
	Bound   idempotency.Key     // that is to be bound

	// Ended says that the context had ended, so that the call must fail.
	Ended bool
}

// An Answer is what a store returned.
type Answer struct {
	At  time.Duration // since the history began
	Err Kind

	Claim  idempotency.Claim
	Forgot bool
	Bound  idempotency.Key
}

// A Kind is what an error tells the caller.
type Kind string

// The kinds of errors.
const (
	None     Kind = ""
	Lost     Kind = "ErrLost"
	InFlight Kind = "ErrInFlight"
	Failed   Kind = "failed" // the call may have taken effect, at any time
)

// String returns a line for people.
func (c Call) String() string {
	what := ""
	switch c.Op {
	case Claim:
		what = fmt.Sprintf("owner %x, lease %v", c.Request.Owner[:4], c.For)
	case Extend, Complete:
		what = fmt.Sprintf("fence %x, for %v", c.Fence, c.For)
	case Release:
		what = fmt.Sprintf("fence %x", c.Fence)
	case Bind:
		what = fmt.Sprintf("%.6s, ttl %v", c.Bound, c.For)
	}
	if c.Ended {
		what += ", context ended"
	}
	return fmt.Sprintf("%d:%.6s %s(%s)", c.Store, c.Key, c.Op, what)
}

// String returns a line for people.
func (a Answer) String() string {
	switch {
	case a.Err != None:
		return string(a.Err)
	case a.Claim.State != 0:
		return fmt.Sprintf("%v, fence %x, fingerprint %x, RetryAfter %v", a.Claim.State, a.Claim.Fence, a.Claim.Fingerprint[:4], a.Claim.RetryAfter)
	case a.Bound != idempotency.Key{}:
		return a.Bound.String()[:6]
	}
	return fmt.Sprint("ok ", a.Forgot)
}
