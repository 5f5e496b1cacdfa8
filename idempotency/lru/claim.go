package lru

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
)

// Claim asks for the right to handle r.Key; see [idempotency.Store].
func (s *Store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	if err := bounded.Check(ctx, "lru", "lease", r.Lease); err != nil {
		return idempotency.Claim{}, err
	}
	sh, k := s.shard(r.Key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.now()
	sh.sweep(now)

	if f, ok := sh.flights[k]; ok {
		if f.owner == r.Owner {
			f.deadline = bounded.After(now, r.Lease)
			sh.flights[k] = f
			return idempotency.Claim{State: idempotency.Granted, Fence: f.fence, Fingerprint: f.fingerprint}, nil
		}
		if now < f.deadline {
			return idempotency.Claim{
				State:       idempotency.InFlight,
				Fingerprint: f.fingerprint,
				RetryAfter:  time.Duration(f.deadline - now),
			}, nil
		}
	} else if d, ok := sh.done.get(k, now); ok {
		return idempotency.Claim{State: idempotency.Done, Fingerprint: d.fingerprint}, nil
	}

	sh.fence++
	sh.flights[k] = flight{
		fence:       sh.fence,
		deadline:    bounded.After(now, r.Lease),
		owner:       r.Owner,
		fingerprint: r.Fingerprint,
	}
	return idempotency.Claim{State: idempotency.Granted, Fence: sh.fence, Fingerprint: r.Fingerprint}, nil
}

// Extend lets the lease run from now on for the given time; see
// [idempotency.Store].
func (s *Store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	if err := bounded.Check(ctx, "lru", "lease", lease); err != nil {
		return err
	}
	sh, k := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	f, ok := sh.flights[k]
	if !ok || f.fence != fence {
		return idempotency.ErrLost
	}
	f.deadline = bounded.After(s.now(), lease)
	sh.flights[k] = f
	return nil
}

// Complete marks the key done and remembers it for retain, or until the store
// is full of deliveries completed later; see [idempotency.Store].
func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if err := bounded.Check(ctx, "lru", "retain", retain); err != nil {
		return err
	}
	sh, k := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.now()

	f, ok := sh.flights[k]
	if !ok {
		if d, ok := sh.done.get(k, now); ok && d.fence == fence {
			return nil
		}
		return idempotency.ErrLost
	}
	if f.fence != fence {
		return idempotency.ErrLost
	}
	delete(sh.flights, k)
	sh.done.add(k, done{fence: f.fence, fingerprint: f.fingerprint}, now, bounded.After(now, retain))
	return nil
}

// Release gives the claim up; see [idempotency.Store].
func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sh, k := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	if f, ok := sh.flights[k]; !ok || f.fence != fence {
		return idempotency.ErrLost
	}
	delete(sh.flights, k)
	return nil
}
