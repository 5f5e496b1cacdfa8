package storetest

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Options say what the stores under test are like. The zero value suits a
// store on a server in the same data centre.
type Options struct {
	// Bubble runs each behaviour in a [testing/synctest] bubble, where
	// leases and retentions cost no real time. It is for stores within the
	// process that tell time with package time. newStore, Down and
	// Clock are then called within the bubble.
	//
	// Without it, behaviours run beside each other in real time.
	Bubble bool

	// Unit is the shortest lease or retention that the suite waits out, and
	// twice what the store's clock and a call to it may be off. Zero means
	// 200 ms. Raise it for a store that rounds durations up by more than a
	// tenth of a second; a suite that waits takes some ten units.
	Unit time.Duration

	// Capacity is how many completed deliveries each store holds, if it is
	// bounded, so that the suite can fill it: choose it small, such as 64.
	// Zero means that it is not bounded: the suite then expects all of some
	// hundred to be remembered.
	Capacity int

	// Down returns a store whose backend can't be reached. Its calls have a
	// second to say so. Nil means that the store can't fail.
	Down func(t *testing.T) idempotency.Store

	// Clock returns a store that counts by a clock of its own, and a
	// function that sets this clock forward, or back if by is negative. Nil
	// means that the clock can't be set: it belongs to the machine, or is
	// monotonic.
	Clock func(t *testing.T) (s idempotency.Store, step func(by time.Duration))
}

// parallel is how many behaviours run beside each other in real time. They
// mostly sleep.
const parallel = 8

// Run checks the stores that newStore makes. Each must be empty and know
// nothing of the others: a fresh database, schema or key prefix. newStore is
// called at least once for each behaviour, with that behaviour's t; t.Cleanup
// is the place to close what it opened. Nil options mean the zero Options.
//
// It returns when all behaviours have ended.
func Run(t *testing.T, newStore func(t *testing.T) idempotency.Store, o *Options) {
	t.Helper()
	if o == nil {
		o = &Options{}
	}
	// A plain t.Parallel would let Run return before its subtests have run,
	// and the caller close the database under them.
	slots := make(chan struct{}, parallel)
	if o.Bubble {
		slots = make(chan struct{}, 1)
	}
	var wg sync.WaitGroup
	for _, b := range behaviours() {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			t.Run(b.name, func(t *testing.T) {
				c := newCheck(b.rule, o)
				if o.Bubble {
					synctest.Test(t, func(t *testing.T) { c.do(b.run, t, t, newStore) })
				} else {
					c.do(b.run, t, t, newStore)
				}
				if c.unfit != "" {
					t.Skip(c.unfit) // a bubble keeps its own Skip to itself
				}
			})
		})
	}
	wg.Wait()
}

// A behaviour is one thing that the contract asks for.
type behaviour struct {
	name string
	rule string // a sentence of the contract
	run  func(c *check)
}

// behaviours returns all there are.
func behaviours() []behaviour {
	return slices.Concat(claims, leases, completions, bounds, faults, clocks, bindings, forgetting)
}
