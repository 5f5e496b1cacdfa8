package memory

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

	n := sh.keys.find(d)
	if n == 0 {
		return false, nil
	}
	e := sh.keys.at(n)
	if e.newer == inFlight {
		return false, idempotency.ErrInFlight
	}
	done := s.now() < e.until
	sh.keys.unlist(n)
	sh.keys.remove(n)
	return done, nil
}
