package postgres

import (
	"context"

	"github.com/hooklatch/hooklatch/idempotency"
)

// forgetSQL sees the row as it was before, in one snapshot with the update. The
// row stays, so that fences rise: see hooklatch_claim.
const forgetSQL = `
WITH forgotten AS (
	UPDATE hooklatch_claims SET until = '-infinity', state = 0
	WHERE key = $1::bytea AND state = 3 AND until > clock_timestamp()
	RETURNING 1
)
SELECT EXISTS (SELECT FROM forgotten),
	EXISTS (SELECT FROM hooklatch_claims WHERE key = $1::bytea AND state = 2)`

// Forget makes a key that is done unknown and reports whether it was done; see
// [idempotency.Forgetter]. When it has to be sent again because the connection
// was lost, the mark may be found forgotten already: then it is false.
func (s *Store) Forget(ctx context.Context, key idempotency.Key) (bool, error) {
	var forgotten, inFlight bool
	if err := s.pool.queryRow(ctx, s.sql.forget, []any{key[:]}, &forgotten, &inFlight); err != nil {
		return false, failed("forget", err)
	}
	if inFlight {
		return false, idempotency.ErrInFlight
	}
	return forgotten, nil
}
