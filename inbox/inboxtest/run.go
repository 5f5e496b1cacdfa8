package inboxtest

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
)

// Settings are how a box under test must be set, so that the suite need not wait
// for days.
type Settings struct {
	MaxAttempts    int           // after so many attempts a delivery is Dead
	Backoff        time.Duration // before each further attempt
	HandlerTimeout time.Duration // of each attempt
}

// Options say what the boxes under test are like. Nil and the zero value suit a
// box that is a file or a server.
type Options struct {
	// Bubble runs each behaviour in a [testing/synctest] bubble, for boxes
	// within the process that tell time with package time. newBox is then
	// called within the bubble.
	Bubble bool
}

// parallel is how many behaviours run beside each other in real time. They
// mostly wait.
const parallel = 4

// Run checks the boxes that newBox makes. Each must be empty and know nothing
// of the others. newBox is called at least once for each behaviour, with that
// behaviour's t; t.Cleanup is the place to close what it opened.
//
// It returns when all behaviours have ended.
func Run(t *testing.T, newBox func(t *testing.T, s Settings) inbox.Runner, o *Options) {
	t.Helper()
	if o == nil {
		o = &Options{}
	}
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
				if o.Bubble {
					synctest.Test(t, func(t *testing.T) { newCheck(b.rule, t, t, newBox).do(b.run) })
				} else {
					newCheck(b.rule, t, t, newBox).do(b.run)
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
func behaviours() []behaviour { return slices.Concat(puts, reads, attempts, operations) }
