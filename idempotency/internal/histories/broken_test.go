package histories

import (
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/broken"
)

// outOfSight are the flaws that no history shows, and why.
var outOfSight = map[string]string{
	"newest dropped when full":      "a history of one key does not tell which key a full store forgets",
	"outage outlasts the context":   "how long a call takes is no part of the model",
	"step back lengthens leases":    "storms set no clock",
	"step back lengthens the wait":  "storms set no clock",
	"RetryAfter of before the step": "storms set no clock",
	"step back drops claims":        "storms set no clock",
}

// TestBrokenStores has each broken store caught by a history, or says why none
// shows its flaw.
func TestBrokenStores(t *testing.T) {
	const enough = 2000
	caught, most := 0, 0
	for _, flaw := range broken.Flaws {
		t.Run(flaw, func(t *testing.T) {
			why, hidden := outOfSight[flaw]
			for tries := range enough {
				if hidden && tries == enough/20 {
					t.Log("out of sight, as it should be: ", why)
					return
				}
				if runBroken(t, flaw, uint64(tries+1)) == "" {
					continue
				}
				if hidden {
					t.Errorf("caught by history %d, though %s", tries+1, why)
				}
				caught++
				most = max(most, tries+1)
				return
			}
			t.Errorf("not caught by %d histories", enough)
		})
	}
	t.Logf("%d of %d broken stores were caught, each by %d histories at most; the other %d are out of sight", caught, len(broken.Flaws), most, len(outOfSight))
}

// TestGoodStore: what catches the broken stores lets the good one pass.
func TestGoodStore(t *testing.T) {
	each(t, func(seed uint64) string { return runBroken(t, "", seed) })
	each(t, func(seed uint64) string {
		return bubble(t, seed, Contract{Healthy: true, Bounded: true}, full, func() idempotency.Store { return broken.New("", 2) })
	})
}

// runBroken storms a store with the flaw and returns what is wrong with the
// history.
func runBroken(t *testing.T, flaw string, seed uint64) string {
	c, capacity, change := Contract{Healthy: true}, 1000, func(*Storm) {}
	switch {
	case strings.HasPrefix(flaw, "outage"):
		// Each lost call doubles what there is to look at: few calls.
		return bubble(t, seed, Contract{}, func(s *Storm) { s.Calls = 4 }, func() idempotency.Store { return broken.NewDead(flaw) })
	case flaw == broken.Namespace:
		change = func(s *Storm) { s.Stores = append(s.Stores, s.Stores[0]) }
	case flaw == "claims in the LRU":
		c.Bounded, capacity, change = true, 2, full
	}
	return bubble(t, seed, c, change, func() idempotency.Store { return broken.New(flaw, capacity) })
}
