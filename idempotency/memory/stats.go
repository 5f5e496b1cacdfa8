package memory

// Stats are counts of what a [Store] holds and has given up. The first three
// are of the moment; the others only grow.
type Stats struct {
	// Entries is the number of completed deliveries remembered. Those whose
	// retention has run out count until they are cleared away.
	Entries int

	// InFlight is the number of claims in flight, with those whose lease has
	// run out and that nobody has taken over.
	InFlight int

	// Seals is the number of seals remembered; see [Store.Bind].
	Seals int

	// Evicted is the number of completed deliveries that were forgotten
	// before their retention ran out, because the store was full. Each can
	// be handled a second time if it is sent again: make the store larger
	// if this grows.
	Evicted uint64

	// SealsEvicted is the number of seals that were forgotten before their
	// ttl ran out, because the store was full.
	SealsEvicted uint64

	// Abandoned is the number of claims that were forgotten a day after
	// their lease ran out: neither completed, released nor taken over.
	Abandoned uint64
}

// Stats returns the present counts. It takes the lock of one part of the store
// after the other, so the counts are exact when nothing else is going on, and
// else those of moments close together. It is cheap enough for a metrics
// scraper.
func (s *Store) Stats() Stats {
	var t Stats
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		t.Entries += sh.keys.len
		t.InFlight += len(sh.flights)
		t.Seals += sh.seals.len
		t.Evicted += sh.keys.evicted
		t.SealsEvicted += sh.seals.evicted
		t.Abandoned += sh.abandoned
		sh.mu.Unlock()
	}
	return t
}
