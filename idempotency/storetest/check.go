package storetest

import (
	"encoding/binary"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// long is a lease or a retention that does not run out during the suite.
const long = time.Hour

// A check is the state of one behaviour's run: where failures go, which rule
// they quote, and the calls that nearly all behaviours make.
type check struct {
	testing.TB
	rule     string
	open     func() idempotency.Store
	down     func() idempotency.Store // nil: can't fail
	clock    func() (idempotency.Store, func(by time.Duration))
	unit     time.Duration
	capacity int
	options  *Options
	unfit    string // why the behaviour does not apply to the store

	count atomic.Uint64
}

func newCheck(rule string, o *Options) *check {
	c := &check{rule: rule, options: o, unit: o.Unit, capacity: o.Capacity}
	if c.unit <= 0 {
		c.unit = 200 * time.Millisecond
	}
	return c
}

// do runs a behaviour. Its failures go to tb; the stores get t.
func (c *check) do(run func(c *check), tb testing.TB, t *testing.T, newStore func(t *testing.T) idempotency.Store) {
	c.TB = tb
	c.open = func() idempotency.Store { return newStore(t) }
	if c.options.Down != nil {
		c.down = func() idempotency.Store { return c.options.Down(t) }
	}
	if c.options.Clock != nil {
		c.clock = func() (idempotency.Store, func(by time.Duration)) { return c.options.Clock(t) }
	}
	run(c)
}

// skip ends the behaviour: it does not apply to the store.
func (c *check) skip(why string) {
	c.Helper()
	c.unfit = why
	c.SkipNow()
}

// broken ends the behaviour: the rule has been broken.
func (c *check) broken(format string, args ...any) {
	c.Helper()
	c.Fatalf(format+"\n\trule: %q", append(args, c.rule)...)
}

// key returns a key that was not returned before.
func (c *check) key() idempotency.Key {
	return idempotency.NewKey(idempotency.Identity{Provider: "storetest", ID: strconv.FormatUint(c.count.Add(1), 10)})
}

// request asks for key by an owner that was not there before.
func (c *check) request(key idempotency.Key, lease time.Duration) idempotency.Request {
	r := idempotency.Request{Key: key, Lease: lease}
	binary.BigEndian.PutUint64(r.Owner[8:], c.count.Add(1))
	binary.BigEndian.PutUint64(r.Fingerprint[24:], c.count.Add(1))
	return r
}

// send makes the claim, which must not fail.
func (c *check) send(s idempotency.Store, r idempotency.Request) idempotency.Claim {
	c.Helper()
	claim, err := s.Claim(c.Context(), r)
	if err != nil {
		c.Fatalf("Claim: %v", err)
	}
	return claim
}

// claim makes a claim by a new owner that must be answered with want.
func (c *check) claim(s idempotency.Store, key idempotency.Key, lease time.Duration, want idempotency.State, when string) idempotency.Claim {
	c.Helper()
	claim := c.send(s, c.request(key, lease))
	if claim.State != want {
		c.broken("Claim %s: got %v, want %v", when, claim.State, want)
	}
	return claim
}

// ok wants no error.
func (c *check) ok(err error, call string) {
	c.Helper()
	if err != nil {
		c.broken("%s: got %q, want no error", call, err)
	}
}

// lost wants ErrLost.
func (c *check) lost(err error, call string) {
	c.Helper()
	if !errors.Is(err, idempotency.ErrLost) {
		c.broken("%s: got %v, want ErrLost", call, err)
	}
}

// failed wants an error other than ErrLost and ErrInFlight, and no claim with it.
func (c *check) failed(claim idempotency.Claim, err error, call string) {
	c.Helper()
	switch {
	case err == nil:
		c.broken("%s: got no error (%v), want one", call, claim.State)
	case errors.Is(err, idempotency.ErrLost):
		c.broken("%s: got ErrLost, want another error: it is not known whether the claim is lost", call)
	case errors.Is(err, idempotency.ErrInFlight):
		c.broken("%s: got ErrInFlight, want another error: it is not known whether there is a claim", call)
	case claim != idempotency.Claim{}:
		c.broken("%s: got %+v with the error, want the zero Claim", call, claim)
	}
}

// outlast sleeps until d has run out by any clock that is off by less than
// half a unit.
func (c *check) outlast(d time.Duration) { time.Sleep(d + c.unit/2) }

// paced runs try, which has to do something before d has run out, with d
// growing until the machine is quick enough for it: try returns false if it was
// too late.
func (c *check) paced(try func(d time.Duration) bool) {
	c.Helper()
	for d := 2 * c.unit; d <= 32*c.unit; d *= 2 {
		if try(d) {
			return
		}
	}
	c.Fatalf("calls are too slow to check this within %v: raise Options.Unit", 32*c.unit)
}

// atOnce calls do from n goroutines as nearly at the same time as possible.
func atOnce(n int, do func(i int)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}

// race claims the key from many goroutines at once and returns the one grant
// there must be.
func (c *check) race(s idempotency.Store, key idempotency.Key) idempotency.Claim {
	c.Helper()
	const n = 24
	var (
		got  [n]idempotency.Claim
		errs [n]error
		reqs [n]idempotency.Request
		ctx  = c.Context()
	)
	for i := range reqs {
		reqs[i] = c.request(key, long)
	}
	atOnce(n, func(i int) { got[i], errs[i] = s.Claim(ctx, reqs[i]) })

	var winner idempotency.Claim
	granted := 0
	for i, claim := range got {
		switch {
		case errs[i] != nil:
			c.Fatalf("Claim: %v", errs[i])
		case claim.State == idempotency.Granted:
			winner = claim
			granted++
		case claim.State != idempotency.InFlight:
			c.broken("one of %d Claims at once: got %v, want granted or in-flight", n, claim.State)
		}
	}
	if granted != 1 {
		c.broken("%d Claims at once: %d were granted, want 1", n, granted)
	}
	return winner
}
