//go:build unix

package postgres_test

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// BenchmarkPair claims and completes deliveries from 64 goroutines (hooklatch),
// beside the two simplest writes that the engine can make through the same
// pool: two upserts of a single row (bare). The last two run both in turns, so
// that what else the machine does slows both, and report hooklatch's speed as
// a part of bare's; the last with prepared statements, as bare's are.
//
// The server makes each commit last, as one in production does.
func BenchmarkPair(b *testing.B) {
	pool := newPool(b, dsn(testserver.Postgres(b, &testserver.PostgresOptions{Durable: true})), nil)
	ctx := context.Background()
	s, schema := newStore(b, pool, postgres.Options{})
	run(b, pool, "CREATE TABLE "+schema+".bare (key bytea PRIMARY KEY, value bytea NOT NULL)")
	upsert := "INSERT INTO " + schema + ".bare VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

	bare := func(r *idempotency.Request) error {
		for range 2 {
			if _, err := pool.Exec(ctx, upsert, r.Key[:], r.Fingerprint[:]); err != nil {
				return err
			}
		}
		return nil
	}
	hooklatch := func(r *idempotency.Request) error {
		c, err := s.Claim(ctx, *r)
		if err != nil {
			return err
		}
		return s.Complete(ctx, r.Key, c.Fence, 72*time.Hour)
	}
	b.Run("v=bare", func(b *testing.B) {
		b.ReportMetric(float64(b.N)/pairs(b, b.N, bare).Seconds(), "pairs/s")
	})
	b.Run("v=hooklatch", func(b *testing.B) {
		b.ReportMetric(float64(b.N)/pairs(b, b.N, hooklatch).Seconds(), "pairs/s")
	})
	both := func(b *testing.B) {
		const turn = 512
		var took [2]time.Duration
		for left := b.N; left > 0; left -= turn {
			took[0] += pairs(b, min(turn, left), bare)
			took[1] += pairs(b, min(turn, left), hooklatch)
		}
		b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "of-bare")
	}
	b.Run("v=both", both)
	s = postgres.New(pool, "test", &postgres.Options{Schema: schema, PreparedStatements: true})
	b.Run("v=both/prepared", both)
}

// pairs calls pair n times from 64 goroutines, each time with another key, and
// returns how long that took.
func pairs(b *testing.B, n int, pair func(*idempotency.Request) error) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	start := time.Now()
	for range 64 {
		wg.Go(func() {
			r := &idempotency.Request{Lease: 15 * time.Second}
			for left.Add(-1) >= 0 {
				rand.Read(r.Key[:])
				rand.Read(r.Owner[:])
				if err := pair(r); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}
