package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// bindSQL decides on one reading of the clock, as claimSQL does: excluded.until
// less the ttl.
const bindSQL = `
INSERT INTO hooklatch_seals AS s (until, seal, key)
VALUES (clock_timestamp() + $3::interval, $1::bytea, $2::bytea)
ON CONFLICT (seal) DO UPDATE SET
	until = CASE WHEN s.until > excluded.until - $3::interval THEN s.until ELSE excluded.until END,
	key = CASE WHEN s.until > excluded.until - $3::interval THEN s.key ELSE excluded.key END
RETURNING key`

// Bind returns the first key that was bound to the seal within the ttl, and
// binds key if none was; see [idempotency.ReplayGuard].
func (s *Store) Bind(ctx context.Context, seal [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	d, err := interval("ttl", ttl)
	if err != nil {
		return idempotency.Key{}, err
	}
	var first []byte
	if err := s.pool.QueryRow(ctx, s.sql.bind, seal[:], key[:], d).Scan(&first); err != nil {
		return idempotency.Key{}, fmt.Errorf("postgres: bind: %w", err)
	}
	if len(first) != len(key) {
		return idempotency.Key{}, fmt.Errorf("postgres: bind: a key of %d bytes", len(first))
	}
	return idempotency.Key(first), nil
}
