//go:build unix

package postgres_test

import (
	"flag"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

var rounds = flag.Int("rounds", 300, "how often 64 connections race for a claim")

// TestOneWinner has 64 connections race for a claim, in each round for another
// key: unknown, released, or with its lease run out. One wins, and all are
// answered.
func TestOneWinner(t *testing.T) {
	const racers = 64
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) { c.MinConns, c.MaxConns = racers, racers })
	s, schema := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	start := time.Now()
	for round := range *rounds {
		id := strconv.Itoa(round)
		key := request(id, time.Hour).Key
		var before uint64
		if round%3 > 0 {
			before = claim(t, s, request(id, time.Hour), idempotency.Granted).Fence
		}
		switch round % 3 {
		case 1:
			if err := s.Release(ctx, key, before); err != nil {
				t.Fatal(err)
			}
		case 2:
			run(t, pool, "UPDATE "+schema+".hooklatch_test_claims SET until = now() WHERE key = $1", key[:])
		}
		var (
			got  [racers]idempotency.Claim
			errs [racers]error
			wg   sync.WaitGroup
			gun  = make(chan struct{})
		)
		for i := range racers {
			wg.Go(func() {
				r := request(id, time.Hour)
				<-gun
				got[i], errs[i] = s.Claim(ctx, r)
			})
		}
		close(gun)
		wg.Wait()
		granted := 0
		for i, c := range got {
			switch {
			case errs[i] != nil:
				t.Fatalf("round %d: %v", round, errs[i])
			case c.State == idempotency.Granted && c.Fence > before:
				granted++
			case c.State != idempotency.InFlight:
				t.Fatalf("round %d: got %+v after fence %d", round, c, before)
			}
		}
		if granted != 1 {
			t.Fatalf("round %d: %d of %d claims were granted, want 1", round, granted, racers)
		}
	}
	t.Logf("%d rounds of %d claims: %v", *rounds, racers, time.Since(start))
}

// TestFencesRise claims and releases a few keys over and over from many
// connections: each holder's fence is higher than the one's before, also if a
// claim that came earlier is granted later.
func TestFencesRise(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) { c.MaxConns = 64 })
	s, _ := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	const keys, enough = 2, 300
	var mu sync.Mutex
	var last [keys]uint64
	grants := 0
	more := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return grants < enough && !t.Failed()
	}

	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for more() {
				k := i % keys
				r := request(strconv.Itoa(k), time.Hour)
				c, err := s.Claim(ctx, r)
				if err != nil {
					t.Error(err)
					return
				}
				if c.State != idempotency.Granted {
					continue
				}
				mu.Lock()
				if c.Fence <= last[k] {
					t.Errorf("fence %d after %d", c.Fence, last[k])
				}
				last[k] = c.Fence
				grants++
				mu.Unlock()
				if err := s.Release(ctx, r.Key, c.Fence); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
