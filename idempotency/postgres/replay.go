package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

const bindSQL = `SELECT hooklatch_bind($1::bytea, $2::bytea, $3::interval)`

// Bind returns the first key that was bound to the digest within the ttl, and
// binds key if none was; see [idempotency.ReplayGuard].
func (s *Store) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	d, err := interval("ttl", ttl)
	if err != nil {
		return idempotency.Key{}, err
	}
	var first []byte
	if err := s.pool.queryRow(ctx, s.sql.bind, []any{digest[:], key[:], d}, &first); err != nil {
		return idempotency.Key{}, failed("bind", err)
	}
	if len(first) != len(key) {
		return idempotency.Key{}, fmt.Errorf("postgres: bind: a key of %d bytes", len(first))
	}
	return idempotency.Key(first), nil
}
