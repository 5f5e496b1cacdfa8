package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Bind returns the first key that was bound to the digest within the ttl, and
// binds key if none was; see [idempotency.ReplayGuard].
func (s *Store) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	if err := check(ctx, "ttl", ttl); err != nil {
		return idempotency.Key{}, err
	}
	reply, err := run(ctx, s, bindScript, s.digests+idempotency.Key(digest).String(), key[:], millis(ttl))
	if err != nil {
		return idempotency.Key{}, fmt.Errorf("redis: bind: %w", err)
	}
	first, ok := reply.(string)
	if !ok || len(first) != len(key) {
		return idempotency.Key{}, fmt.Errorf("redis: bind: unknown reply %.80q", fmt.Sprint(reply))
	}
	return idempotency.Key([]byte(first)), nil
}
