package broken

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

func (s *Store) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	if err := s.refuse(ctx, ttl); err != nil && !s.is("bind checks nothing") {
		return idempotency.Key{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	b, known := s.bounds[digest]
	if s.is("read, then bind") {
		s.pause()
	}
	if known && (now.Before(b.until) || s.is("binding never ends")) && !s.is("last key wins") {
		if s.is("bind refreshes") {
			b.until = now.Add(ttl)
			s.bounds[digest] = b
		}
		return b.key, nil
	}
	s.bounds[digest] = bound{key, s.after(now, "ttl", ttl)}
	if s.is("digests among the keys") {
		s.entries[digest] = entry{state: idempotency.Done, until: now.Add(ttl)}
	}
	return key, nil
}

func (s *Store) Forget(ctx context.Context, key idempotency.Key) (bool, error) {
	if err := s.refuse(ctx, 1); err != nil {
		return s.is("forget says true with an error"), err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	e, known := s.entries[key]
	if s.is("read, then forget") {
		s.pause()
	}
	alive := now.Before(e.until)
	switch {
	case known && e.state == idempotency.InFlight && !s.is("forget drops claims") && (alive || !s.is("forget drops claims that ran out")):
		return false, idempotency.ErrInFlight
	case s.is("forget changes nothing"):
		return known, nil
	case !known && s.is("forget of unknown keys is an error"):
		return false, errors.New("broken: no such key")
	case known && e.state == idempotency.Done && s.is("forgotten can complete"):
		e.until = now
		e.state = forgotten
		s.entries[key] = e
		return true, nil
	}
	delete(s.entries, key)
	switch s.flaw {
	case "forget drops all":
		clear(s.entries)
	case "forget unbinds the key":
		maps.DeleteFunc(s.bounds, func(_ idempotency.Key, b bound) bool { return b.key == key })
	case "forget unbinds the digest":
		delete(s.bounds, key)
	case "forget always says true":
		return true, nil
	case "forget says true of what ran out":
		return known, nil
	}
	return known && alive && e.state == idempotency.Done, nil
}

// forgotten is the state of a key that "forgotten can complete" keeps.
const forgotten = idempotency.Done + 1
