package storetest

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

func (s *reference) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	if err := s.refuse(ctx, lease); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	e, ok := s.held(key, fence)
	if !ok || s.is("extend does not revive") && !now.Before(e.until) {
		return idempotency.ErrLost
	}
	until := now.Add(lease)
	if s.is("extend changes nothing") || s.is("extend never shortens") && until.Before(e.until) {
		until = e.until
	}
	e.until = until
	s.entries[key] = e
	return nil
}

func (s *reference) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if err := s.refuse(ctx, retain); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	e, ok := s.held(key, fence)
	if !ok {
		e = s.entries[key]
		done := e.state == idempotency.Done && e.fence == fence && now.Before(e.until)
		switch {
		case s.is("zombie completes") && e.state == idempotency.InFlight && e.fence > fence,
			s.is("complete makes the entry") && e.state == 0,
			s.is("complete again counts anew") && done:
			e.fence = fence
		case done && !s.is("complete again is an error"):
			return nil
		default:
			return idempotency.ErrLost
		}
	}
	e.state, e.until, e.lease = idempotency.Done, now.Add(retain), retain
	switch {
	case s.is("complete forgets"):
		delete(s.entries, key)
		return nil
	case s.is("newest dropped when full") && len(s.order) >= s.capacity:
		delete(s.entries, key)
		return nil
	case s.is("done until the lease ends"):
		e.until = s.entries[key].until
	}
	if !s.is("claims in the LRU") {
		s.evict(key)
	}
	s.entries[key] = e
	return nil
}

func (s *reference) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	if err := s.refuse(ctx, 1); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.held(key, fence)
	if s.is("release forgets what is done") && s.entries[key].state == idempotency.Done {
		ok = true
	}
	switch {
	case !ok:
		return idempotency.ErrLost
	case s.is("release waits for the lease"):
		return nil
	case s.is("released can complete"):
		e.until = time.Now()
		s.entries[key] = e
		return nil
	}
	delete(s.entries, key)
	return nil
}

func (s *reference) Bind(ctx context.Context, seal [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	if err := s.refuse(ctx, ttl); err != nil && !s.is("bind checks nothing") {
		return idempotency.Key{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	b, known := s.seals[seal]
	if s.is("read, then bind") {
		s.pause()
	}
	if known && (now.Before(b.until) || s.is("seal never ends")) && !s.is("last key wins") {
		if s.is("bind refreshes") {
			b.until = now.Add(ttl)
			s.seals[seal] = b
		}
		return b.key, nil
	}
	s.seals[seal] = bound{key, now.Add(ttl)}
	if s.is("seals among the keys") {
		s.entries[seal] = entry{state: idempotency.Done, until: now.Add(ttl)}
	}
	return key, nil
}
