package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// A row is looked at once it is sweepAfter old, and goes if it ended more than
// sweepGrace ago; one that did not is looked at again sweepAfter later. At the
// usual retention of 72 hours each row is looked at once, and no index has to
// follow the end of its lease and its retention around.
//
// The grace is for late holders: a claim whose lease has run out stays its
// holder's until another takes over. And it keeps fences in order: a fence is
// drawn a moment before its row is made, and no row of the same key may come
// and go in that moment.
const (
	sweepAfter = 4 * 24 * time.Hour
	sweepGrace = 24 * time.Hour
)

const (
	sweepClaimsSQL = `
WITH due AS (
	SELECT key, until < now() - $3::interval AS over
	FROM hooklatch_claims
	WHERE seen_at < now() - $2::interval
	ORDER BY seen_at LIMIT $1::bigint
	FOR UPDATE SKIP LOCKED
), kept AS (
	UPDATE hooklatch_claims c SET seen_at = now() FROM due WHERE c.key = due.key AND NOT due.over
), gone AS (
	DELETE FROM hooklatch_claims c USING due WHERE c.key = due.key AND due.over
)
SELECT count(*), count(*) FILTER (WHERE over) FROM due`

	sweepDigestsSQL = `
WITH due AS (
	SELECT digest FROM hooklatch_digests
	WHERE until < now()
	ORDER BY until LIMIT $1::bigint
	FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM hooklatch_digests d USING due WHERE d.digest = due.digest
)
SELECT count(*), count(*) FROM due`
)

// Sweep forgets deliveries whose end is more than a day ago, be it that of
// their retention, of their lease or by Release, once they are four days old;
// and bound digests whose time is over. It looks at limit rows of each of the two
// tables at most, limit being positive, and returns how many it has deleted.
//
// It never waits for a row that is in use, and any number of replicas may sweep
// at once. A store that is never swept grows, but stays right.
func (s *Store) Sweep(ctx context.Context, limit int) (int64, error) {
	deleted, _, err := s.sweep(ctx, limit)
	return deleted, err
}

// sweep tells also whether there may be more to do.
func (s *Store) sweep(ctx context.Context, limit int) (deleted int64, more bool, err error) {
	if limit <= 0 {
		return 0, false, fmt.Errorf("postgres: sweep: limit must be positive, not %d", limit)
	}
	for _, q := range [...]struct {
		sql  string
		args []any
	}{
		{s.sql.sweepClaims, []any{int64(limit), sweepAfter, sweepGrace}},
		{s.sql.sweepDigests, []any{int64(limit)}},
	} {
		var due, gone int64
		if err := s.pool.queryRow(ctx, q.sql, q.args, &due, &gone); err != nil {
			return deleted, false, failed("sweep", err)
		}
		deleted += gone
		more = more || due == int64(limit)
	}
	return deleted, more, nil
}

// sweepBatch keeps each statement of SweepEvery short.
const sweepBatch = 1000

// SweepEvery sweeps at once and then at each interval, a thousand rows at a
// time until none are due, and returns when ctx ends. Call it in a goroutine of
// its own, in one replica or in all of them; an hour is a good interval.
//
// Errors are logged, and the next interval tries again. A nil logger is
// [slog.Default]. It panics if the interval is not positive.
func (s *Store) SweepEvery(ctx context.Context, interval time.Duration, logger *slog.Logger) {
	if logger == nil {
		logger = slog.Default()
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		for more := true; more; {
			var err error
			if _, more, err = s.sweep(ctx, sweepBatch); err != nil {
				more = false
				if ctx.Err() == nil {
					logger.ErrorContext(ctx, "webhook store not swept", slog.Any("error", err))
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
