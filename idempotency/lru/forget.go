package lru

import (
	"context"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Forget makes a key that is done unknown and reports whether it was done; see
// [idempotency.Forgetter].
func (s *Store) Forget(ctx context.Context, key idempotency.Key) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	sh, d := s.shard(key)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	if _, ok := sh.flights[d]; ok {
		return false, idempotency.ErrInFlight
	}
	return sh.done.remove(d, s.now()), nil
}
