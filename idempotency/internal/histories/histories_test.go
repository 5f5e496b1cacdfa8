package histories

import (
	"flag"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

var (
	first = flag.Uint64("histories.seed", 1, "the seed of the first history")
	count = flag.Int("histories", 300, "how many histories to check of each store in memory; a tenth of it on servers")
)

const unit = 20 * time.Millisecond

// bubble storms stores in a bubble. The history is checked outside of it, where
// time passes.
func bubble(t *testing.T, seed uint64, c Contract, change func(*Storm), open func() idempotency.Store) string {
	var r *Recorder
	synctest.Test(t, func(t *testing.T) {
		s := Storm{Stores: []idempotency.Store{open()}, Seed: seed, Clients: 4, Calls: 20, Keys: 3, Unit: unit}
		if change != nil {
			change(&s)
		}
		r = s.Run(t.Context())
	})
	return c.Check(r.History())
}

// each checks histories that come from run and a seed.
func each(t *testing.T, run func(seed uint64) string) {
	t.Helper()
	for i := range *count {
		seed := *first + uint64(i)
		if wrong := run(seed); wrong != "" {
			t.Fatalf("-histories.seed=%d: %s", seed, wrong)
		}
	}
}

func TestMemory(t *testing.T) {
	for name, open := range map[string]func() idempotency.Store{
		"lru":    func() idempotency.Store { return lru.New(nil) },
		"memory": func() idempotency.Store { return memory.New(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(seed uint64) string {
				return bubble(t, seed, Contract{Healthy: true}, nil, open)
			})
		})
		t.Run(name+" with losses", func(t *testing.T) {
			each(t, func(seed uint64) string {
				return bubble(t, seed, Contract{}, nil, func() idempotency.Store { return NewLossy(open(), 25, seed) })
			})
		})
		t.Run(name+" in real time", func(t *testing.T) {
			each(t, func(seed uint64) string {
				s := Storm{Stores: []idempotency.Store{open()}, Seed: seed, Clients: 8, Calls: 10, Keys: 2, Unit: time.Microsecond}
				return Contract{Healthy: true}.Check(s.Run(t.Context()).History())
			})
		})
	}
}

// TestBounded storms stores that are full: they forget what is done, and
// nothing else.
func TestBounded(t *testing.T) {
	for name, open := range map[string]func() idempotency.Store{
		"lru":    func() idempotency.Store { return lru.New(&lru.Options{Capacity: 2}) },
		"memory": func() idempotency.Store { return memory.New(&memory.Options{Capacity: 2}) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(seed uint64) string {
				return bubble(t, seed, Contract{Healthy: true, Bounded: true}, full, open)
			})
		})
	}
}

// full makes a storm of more keys than are remembered.
func full(s *Storm) { s.Keys, s.Retain = 8, 50*unit }

// TestFailOpen storms a FailOpen whose shared store is out at times, and loses
// calls and answers.
func TestFailOpen(t *testing.T) {
	quiet := &idempotency.FailOpenOptions{Pause: unit / 4, Logger: slog.New(slog.DiscardHandler)}
	steady := func(s *Storm) { s.Steady, s.Retain = true, time.Hour }
	each(t, func(seed uint64) string {
		return bubble(t, seed, Contract{FailOpen: true}, steady, func() idempotency.Store {
			shared := NewOutages(memory.New(nil), unit, seed, 0, 0, 30, 300, 500)
			return idempotency.FailOpen(shared, memory.New(nil), quiet)
		})
	})
}
