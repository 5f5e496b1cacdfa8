package broken

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

func (s *Store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	if err := s.refuse(ctx, lease); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	e, ok := s.held(key, fence)
	if !ok || s.is("extend does not revive") && !now.Before(e.until) {
		return idempotency.ErrLost
	}
	until := s.after(now, "lease", lease)
	if s.is("extend changes nothing") || s.is("extend never shortens") && until.Before(e.until) {
		until = e.until
	}
	e.until = until
	if !s.is("step back gives the first lease again") {
		e.lease = lease
	}
	s.entries[key] = e
	return nil
}

func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if err := s.refuse(ctx, retain); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	e, ok := s.held(key, fence)
	if !ok {
		e = s.entries[key]
		done := e.state == idempotency.Done && e.fence == fence && now.Before(e.until)
		switch {
		case s.is("zombie completes") && e.state == idempotency.InFlight && e.fence > fence,
			s.is("complete makes the entry") && e.state == 0,
			s.is("forgotten can complete") && e.state == forgotten && e.fence == fence,
			s.is("complete again counts anew") && done:
			e.fence = fence
		case done && !s.is("complete again is an error"):
			return nil
		default:
			return idempotency.ErrLost
		}
	}
	e.state, e.until, e.lease = idempotency.Done, s.after(now, "retention", retain), retain
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

func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
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
		e.until = s.now()
		s.entries[key] = e
		return nil
	}
	delete(s.entries, key)
	return nil
}
