package memory

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
)

// Claim asks for the right to handle r.Key; see [idempotency.Store].
func (s *Store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	if err := bounded.Check(ctx, "memory", "lease", r.Lease); err != nil {
		return idempotency.Claim{}, err
	}
	sh, d := s.shard(r.Key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.now()
	sh.sweep(now)

	n := sh.keys.find(d)
	switch e := sh.keys.at(n); {
	case n == 0:
		n = sh.keys.add(d)
		sh.begin(n, r.Owner)

	case e.newer == inFlight && sh.flights[e.older].owner == r.Owner:
		e.until = bounded.After(now, r.Lease)
		return idempotency.Claim{
			State:       idempotency.Granted,
			Fence:       e.value.fence,
			Fingerprint: e.value.fingerprint,
		}, nil

	case e.newer == inFlight && now < e.until:
		return idempotency.Claim{
			State:       idempotency.InFlight,
			Fingerprint: e.value.fingerprint,
			RetryAfter:  time.Duration(e.until - now),
		}, nil

	case e.newer == inFlight:
		sh.flights[e.older].owner = r.Owner

	case now < e.until:
		return idempotency.Claim{State: idempotency.Done, Fingerprint: e.value.fingerprint}, nil

	default:
		sh.keys.unlist(n)
		sh.begin(n, r.Owner)
	}

	sh.fence++
	e := sh.keys.at(n)
	e.until = bounded.After(now, r.Lease)
	e.value = claim{fence: sh.fence, fingerprint: r.Fingerprint}
	return idempotency.Claim{State: idempotency.Granted, Fence: sh.fence, Fingerprint: r.Fingerprint}, nil
}

// Extend lets the lease run from now on for the given time; see
// [idempotency.Store].
func (s *Store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	if err := bounded.Check(ctx, "memory", "lease", lease); err != nil {
		return err
	}
	sh, d := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	n := sh.claimed(d, fence)
	if n == 0 {
		return idempotency.ErrLost
	}
	sh.keys.at(n).until = bounded.After(s.now(), lease)
	return nil
}

// Complete marks the key done and remembers it for retain, or until the store
// is full of deliveries completed later; see [idempotency.Store].
func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if err := bounded.Check(ctx, "memory", "retain", retain); err != nil {
		return err
	}
	sh, d := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.now()

	n := sh.keys.find(d)
	e := sh.keys.at(n)
	switch {
	case n == 0 || e.value.fence != fence:
		return idempotency.ErrLost
	case e.newer != inFlight:
		if now >= e.until {
			return idempotency.ErrLost
		}
		return nil
	}
	sh.end(n)
	e.until = bounded.After(now, retain)
	sh.keys.list(n, now)
	return nil
}

// Release gives the claim up; see [idempotency.Store].
func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sh, d := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	n := sh.claimed(d, fence)
	if n == 0 {
		return idempotency.ErrLost
	}
	sh.end(n)
	sh.keys.remove(n)
	return nil
}
