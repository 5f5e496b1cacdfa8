package memory

// Stats are counts of what a [Store] holds and has evicted. Entries, InFlight
// and Bindings are of the moment; the others only grow. Package lru has the
// same.
type Stats struct {
	// Entries is the number of completed deliveries remembered. One whose
	// retention has run out counts until it is cleared away.
	Entries int

	// InFlight is the number of claims in flight. One whose lease has run
	// out counts until another holder takes over, or it is abandoned.
	InFlight int

	// Bindings is the number of digests that are bound to a key; see
	// [Store.Bind].
	Bindings int

	// Evicted is the number of completed deliveries that were forgotten
	// before their retention ran out, because the store was full. Each will
	// be handled a second time if it is sent again: make the store larger
	// if this grows.
	Evicted uint64

	// BindingsEvicted is the number of bindings that were forgotten before
	// their ttl ran out, because the store was full.
	BindingsEvicted uint64

	// Abandoned is the number of claims that were forgotten a day after
	// their lease ran out: neither completed, released nor taken over.
	Abandoned uint64
}

// Stats returns the present counts. It locks one shard after the other, so the
// counts are exact on an idle store, and those of moments close together on a
// busy one. It is cheap enough for a metrics scraper.
func (s *Store) Stats() Stats {
	s.ready()
	var t Stats
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		t.Entries += sh.keys.len
		t.InFlight += len(sh.flights)
		t.Bindings += sh.bindings.len
		t.Evicted += sh.keys.evicted
		t.BindingsEvicted += sh.bindings.evicted
		t.Abandoned += sh.abandoned
		sh.mu.Unlock()
	}
	return t
}
