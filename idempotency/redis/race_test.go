package redis_test

import (
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestRace has 64 connections claim the same key at once, round after round:
// each round has one winner, and all are answered. HOOKLATCH_ROUNDS says how
// many rounds there are.
func TestRace(t *testing.T) {
	const racers = 64
	rounds := 500
	if n, err := strconv.Atoi(os.Getenv("HOOKLATCH_ROUNDS")); err == nil {
		rounds = n
	}
	addr, namespace := testserver.SharedRedis(t).Addr, newNamespace()
	var stores [racers]*redis.Store
	for i := range stores {
		stores[i] = redis.New(newClient(t, addr), namespace, nil)
	}
	ctx := t.Context()
	for round := range rounds {
		var claims [racers]idempotency.Claim
		var wg sync.WaitGroup
		start := make(chan struct{})
		for i := range racers {
			wg.Go(func() {
				<-start
				var err error
				if claims[i], err = stores[i].Claim(ctx, request(key(round), byte(i), time.Hour)); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		close(start)
		wg.Wait()
		winner, winners := 0, 0
		for i, c := range claims {
			switch {
			case c.State == idempotency.Granted:
				winner = i
				winners++
			case c.State != idempotency.InFlight || c.RetryAfter <= 0:
				t.Errorf("round %d: answer %+v", round, c)
			}
		}
		if winners != 1 {
			t.Errorf("round %d: %d winners, want 1", round, winners)
		}
		for i, c := range claims {
			if c.State == idempotency.InFlight && c.Fingerprint != claims[winner].Fingerprint {
				t.Errorf("round %d: connection %d was told of another holder", round, i)
			}
		}
		if t.Failed() {
			return
		}
	}
}
