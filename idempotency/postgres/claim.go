package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/hooklatch/hooklatch/idempotency"
)

const claimSQL = `
SELECT o_state, o_fence, o_fingerprint, o_rest
FROM hooklatch_claim($1::bytea, $2::uuid, $3::bytea, $4::interval)`

// Claim asks for the right to handle r.Key; see [idempotency.Store]. Fences
// rise over all keys of the store. A duplicate only reads.
func (s *Store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	lease, err := interval("lease", r.Lease)
	if err != nil {
		return idempotency.Claim{}, err
	}
	var (
		state       int16
		fence       *int64
		fingerprint []byte
		rest        *time.Duration
	)
	args := []any{r.Key[:], pgtype.UUID{Bytes: r.Owner, Valid: true}, r.Fingerprint[:], lease}
	if err := s.pool.queryRow(ctx, s.sql.claim, args, &state, &fence, &fingerprint, &rest); err != nil {
		return idempotency.Claim{}, failed("claim", err)
	}
	c := idempotency.Claim{State: idempotency.State(state)}
	copy(c.Fingerprint[:], fingerprint)
	switch {
	case c.State == idempotency.Done:
	case c.State != idempotency.InFlight:
		return idempotency.Claim{}, fmt.Errorf("postgres: claim: unknown state %d", state)
	case fence != nil:
		c.State, c.Fence = idempotency.Granted, uint64(*fence)
	case rest != nil:
		c.RetryAfter = *rest
	default:
		return idempotency.Claim{}, errors.New("postgres: claim: neither a fence nor a rest of the lease")
	}
	return c, nil
}

const (
	extendSQL = `
UPDATE hooklatch_claims SET until = clock_timestamp() + $3::interval, lease = $3::interval
WHERE key = $1::bytea AND fence = $2::bigint AND state = 2`

	completeSQL = `
UPDATE hooklatch_claims SET
	until = CASE WHEN state = 2 THEN clock_timestamp() + $3::interval ELSE until END,
	state = 3
WHERE key = $1::bytea AND fence = $2::bigint AND (state = 2 OR state = 3 AND until > clock_timestamp())`

	// The row stays, so that fences rise: see hooklatch_claim.
	releaseSQL = `
UPDATE hooklatch_claims SET until = '-infinity', state = 0
WHERE key = $1::bytea AND fence = $2::bigint AND state = 2`
)

// Extend lets the lease run from now on for the given time; see
// [idempotency.Store].
func (s *Store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	d, err := interval("lease", lease)
	if err != nil {
		return err
	}
	return s.change(ctx, "extend", s.sql.extend, key[:], int64(fence), d)
}

// Complete marks the key done and remembers it for retain; see
// [idempotency.Store].
func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	d, err := interval("retain", retain)
	if err != nil {
		return err
	}
	return s.change(ctx, "complete", s.sql.complete, key[:], int64(fence), d)
}

// Release gives the claim up; see [idempotency.Store]. When it has to be sent
// again because the connection was lost, the claim may be found released
// already: then it is ErrLost.
func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return s.change(ctx, "release", s.sql.release, key[:], int64(fence))
}

// change runs a statement that changes the row of a claim that is held. A
// fence over the largest bigint becomes negative, and finds none.
func (s *Store) change(ctx context.Context, what, sql string, args ...any) error {
	n, err := s.pool.exec(ctx, sql, args...)
	if err != nil {
		return failed(what, err)
	}
	if n == 0 {
		return idempotency.ErrLost
	}
	return nil
}
