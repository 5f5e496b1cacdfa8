package linktreetest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// An Ending is how an answer reaches its client, or does not.
type Ending uint8

// The endings.
const (
	// Whole: the answer comes as it should.
	Whole Ending = iota

	// Hang: the answer does not come until the fault is removed.
	Hang

	// Reset: the connection is reset in place of the answer; in memory it is
	// closed. http.Transport may then send a request again by itself, if it
	// is idempotent or has an Idempotency-Key and the connection was used
	// before.
	Reset

	// Cut: the connection is closed in the middle of the body. An answer
	// without a body is reset.
	Cut

	// Drip: the body comes one byte a second.
	Drip
)

// A Fault is what goes wrong with answers. A request is carried out all the
// same when it comes, unless Status is set: then nothing is done, whatever
// becomes of the answer. It counts for the limit in both cases.
type Fault struct {
	// Method and Path are those of the requests that it is for; empty is
	// any. A Path is one of the provider's schema.Paths, such as
	// "/links/{id}", or that of a request, such as "/links/lnk_1".
	Method, Path string

	// Times is for how many requests it is; zero is all until it is removed.
	Times int

	// Latency is how long the answer takes.
	Latency time.Duration

	// Status, from 200 to 599, is answered in place of doing what is asked.
	Status int

	// RetryAfter is sent with Status, in whole seconds, rounded up; zero is
	// not sent.
	RetryAfter time.Duration

	// RetryAfterDate has a Retry-After sent as an HTTP-date (RFC 9110,
	// section 10.2.3), also that of an answer over the limit.
	RetryAfterDate bool

	// Header replaces headers of the answer. One without values is left out.
	Header http.Header

	// Body is sent in place of the answer's own, if it isn't empty. Its
	// Content-Type remains JSON unless Header has another.
	Body string

	// NoRateLimit leaves the X-RateLimit headers out.
	NoRateLimit bool

	// ClockSkew is how far the provider's clock is ahead, in all times that
	// the headers tell.
	ClockSkew time.Duration

	// RepeatCursor has a page's cursor lead to that page again.
	RepeatCursor bool

	// Ending is how the answer ends.
	Ending Ending
}

// A fault is one in use.
type fault struct {
	Fault
	left    int // of Times
	removed chan struct{}
}

var noFault = new(fault)

// Fault has answers go wrong from now on, until remove is called or its Times
// are used up. Of several faults for a request, the one added last counts. What
// already hangs is answered when remove is called, which can be done again, and
// also after the Times are used up.
//
// It panics if a field is out of range.
func (p *Provider) Fault(f Fault) (remove func()) {
	if err := f.check(); err != nil {
		panic(fmt.Sprintf("linktreetest: Fault: %v", err))
	}
	f.Header = f.Header.Clone()
	added := &fault{Fault: f, left: f.Times, removed: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, added)
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dropFault(added)
		close(added.removed)
	})
}

func (f *Fault) check() error {
	var errs []error
	if f.Times < 0 || f.Latency < 0 || f.RetryAfter < 0 {
		errs = append(errs, errors.New("negative Times, Latency or RetryAfter"))
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		errs = append(errs, fmt.Errorf("status %d is not from 200 to 599", f.Status))
	}
	if f.RetryAfter > 0 && f.Status == 0 {
		errs = append(errs, errors.New("a RetryAfter without a Status"))
	}
	if f.Ending > Drip {
		errs = append(errs, fmt.Errorf("unknown Ending %d", f.Ending))
	}
	return errors.Join(errs...)
}

// nextFault returns the fault of a request, and uses it up by one. The lock is
// held.
func (p *Provider) nextFault(x *exchange) *fault {
	for i := len(p.faults) - 1; i >= 0; i-- {
		f := p.faults[i]
		if !f.isFor(x) {
			continue
		}
		if f.Times > 0 {
			if f.left--; f.left == 0 {
				p.dropFault(f)
			}
		}
		return f
	}
	return noFault
}

func (f *fault) isFor(x *exchange) bool {
	return (f.Method == "" || f.Method == x.Method) &&
		(f.Path == "" || f.Path == x.entry.Path || x.route != nil && f.Path == x.route.path)
}

// dropFault forgets a fault. The lock is held.
func (p *Provider) dropFault(f *fault) {
	p.faults = slices.DeleteFunc(p.faults, func(g *fault) bool { return g == f })
}
