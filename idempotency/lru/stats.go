package lru

import "github.com/hooklatch/hooklatch/idempotency/memory"

// Stats are counts of what a [Store] holds and has evicted.
type Stats = memory.Stats

// Stats returns the present counts. It locks one shard after the other, so the
// counts are exact on an idle store, and those of moments close together on a
// busy one. It is cheap enough for a metrics scraper.
func (s *Store) Stats() Stats {
	s.ready()
	var t Stats
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		t.Entries += sh.done.lru.Len()
		t.InFlight += len(sh.flights)
		t.Bindings += sh.bindings.lru.Len()
		t.Evicted += sh.done.evicted
		t.BindingsEvicted += sh.bindings.evicted
		t.Abandoned += sh.abandoned
		sh.mu.Unlock()
	}
	return t
}
