package memory

import (
	"context"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
)

// Bind returns the first key that was bound to the digest within the ttl, and
// binds key if none was; see [idempotency.ReplayGuard].
//
// [Options].Bindings bounds the number of bindings. When it is reached, the
// binding made longest ago makes room: a request that was captured before that
// and is sent again under a new id within the ttl then counts as a new delivery.
// Only verified requests are bound, so it takes a flood of genuine ones to get
// there; [Stats].BindingsEvicted counts them.
func (s *Store) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	if err := bounded.Check(ctx, "memory", "ttl", ttl); err != nil {
		return idempotency.Key{}, err
	}
	sh, d := s.shard(digest)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	now := s.now()

	n := sh.bindings.find(d)
	if n == 0 {
		n = sh.bindings.add(d)
	} else if e := sh.bindings.at(n); now < e.until {
		return e.value, nil
	} else {
		sh.bindings.unlist(n)
	}
	e := sh.bindings.at(n)
	e.until, e.value = bounded.After(now, ttl), key
	sh.bindings.list(n, now)
	return key, nil
}
