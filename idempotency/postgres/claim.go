package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/hooklatch/hooklatch/idempotency"
)

// claimSQL always writes and so always returns the row: an INSERT that does
// nothing returns none, and a SELECT beside it does not see the row that it met.
//
// All of it must decide on one reading of the clock, or half a row could be
// taken over: that is excluded.seen_at, of before any wait for a row's lock. A
// new lease counts from after the wait. So does the new fence: one drawn before
// could be lower than that of a claim which came and went meanwhile.
//
// The fence of a row that is inserted is drawn before, but can't be overtaken
// so: a row stays long after its claim has ended; see sweepAfter.
const claimSQL = `
INSERT INTO hooklatch_claims AS c (fence, until, seen_at, owner, state, key, fingerprint)
VALUES (nextval('hooklatch_fences'), clock_timestamp() + $4::interval, clock_timestamp(), $2::uuid, 2, $1::bytea, $3::bytea)
ON CONFLICT (key) DO UPDATE SET
	fence = CASE WHEN c.until > excluded.seen_at OR c.state = 2 AND c.owner = excluded.owner
		THEN c.fence ELSE nextval('hooklatch_fences') END,
	until = CASE WHEN c.until > excluded.seen_at AND NOT (c.state = 2 AND c.owner = excluded.owner)
		THEN c.until ELSE clock_timestamp() + $4::interval END,
	owner = CASE WHEN c.until > excluded.seen_at THEN c.owner ELSE excluded.owner END,
	state = CASE WHEN c.until > excluded.seen_at THEN c.state ELSE 2 END,
	fingerprint = CASE WHEN c.until > excluded.seen_at OR c.state = 2 AND c.owner = excluded.owner
		THEN c.fingerprint ELSE excluded.fingerprint END
RETURNING state, CASE WHEN owner = $2::uuid THEN fence ELSE 0 END, fingerprint,
	CASE WHEN state = 2 AND owner <> $2::uuid THEN until - clock_timestamp() END`

// Claim asks for the right to handle r.Key; see [idempotency.Store]. Fences
// rise over all keys of the store.
//
// A claim that is answered InFlight or Done changes nothing, but writes the row
// again as it was.
func (s *Store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	lease, err := interval("lease", r.Lease)
	if err != nil {
		return idempotency.Claim{}, err
	}
	var (
		state       int16
		fence       int64
		fingerprint []byte
		rest        *time.Duration
	)
	err = s.pool.QueryRow(ctx, s.sql.claim, r.Key[:], pgtype.UUID{Bytes: r.Owner, Valid: true}, r.Fingerprint[:], lease).
		Scan(&state, &fence, &fingerprint, &rest)
	if err != nil {
		return idempotency.Claim{}, fmt.Errorf("postgres: claim: %w", err)
	}
	c := idempotency.Claim{State: idempotency.State(state)}
	copy(c.Fingerprint[:], fingerprint)
	switch {
	case c.State == idempotency.Done:
	case c.State != idempotency.InFlight:
		return idempotency.Claim{}, fmt.Errorf("postgres: claim: unknown state %d", state)
	case rest == nil:
		c.State, c.Fence = idempotency.Granted, uint64(fence)
	default:
		// It may have run out since.
		c.RetryAfter = max(*rest, time.Millisecond)
	}
	return c, nil
}

// The clock is read once in each row's update, after any wait for its lock.
const (
	extendSQL = `
UPDATE hooklatch_claims SET until = clock_timestamp() + $3::interval
WHERE key = $1::bytea AND fence = $2::bigint AND state = 2`

	completeSQL = `
UPDATE hooklatch_claims SET
	until = CASE WHEN state = 2 THEN clock_timestamp() + $3::interval ELSE until END,
	state = 3
WHERE key = $1::bytea AND fence = $2::bigint AND (state = 2 OR state = 3 AND until > clock_timestamp())`

	// The row stays, so that fences rise: see claimSQL.
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
	return change(ctx, s.pool, "extend", s.sql.extend, key[:], int64(fence), d)
}

// Complete marks the key done and remembers it for retain; see
// [idempotency.Store].
func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	d, err := interval("retain", retain)
	if err != nil {
		return err
	}
	return change(ctx, s.pool, "complete", s.sql.complete, key[:], int64(fence), d)
}

// Release gives the claim up; see [idempotency.Store].
func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return change(ctx, s.pool, "release", s.sql.release, key[:], int64(fence))
}

// change runs a statement that changes the row of a claim that is held. A
// fence over the largest bigint becomes negative, and finds none.
func change(ctx context.Context, db executor, what, sql string, args ...any) error {
	tag, err := db.Exec(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("postgres: %s: %w", what, err)
	}
	if tag.RowsAffected() == 0 {
		return idempotency.ErrLost
	}
	return nil
}

// An executor is a pool or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}
