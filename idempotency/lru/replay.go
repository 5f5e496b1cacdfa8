package lru

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
)

// Bind returns the first key that was bound to the seal within the ttl, and
// binds key if none was; see [idempotency.ReplayGuard].
//
// The number of seals is bounded by [Options].Seals. When it is reached, the
// seal bound longest ago makes room: a request that was captured before and is
// sent again under a new id within the ttl is then taken for a new delivery.
// Only verified requests are bound, so it takes a flood of genuine ones to get
// there; [Stats].SealsEvicted tells.
func (s *Store) Bind(ctx context.Context, seal [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	if err := bounded.Check(ctx, "lru", "ttl", ttl); err != nil {
		return idempotency.Key{}, err
	}
	sh, k := s.shard(seal)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.now()

	if first, ok := sh.seals.get(k, now); ok {
		return first, nil
	}
	sh.seals.put(k, key, now, bounded.After(now, ttl))
	return key, nil
}
