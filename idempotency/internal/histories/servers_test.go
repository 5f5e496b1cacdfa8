//go:build unix

package histories

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Main(m)) }

var namespaces atomic.Int64

func namespace() string { return fmt.Sprint("test", namespaces.Add(1)) }

func newRedis(t *testing.T) idempotency.Store {
	client := goredis.NewClient(&goredis.Options{Addr: testserver.SharedRedis(t).Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() }) // the server ends, too
	return redis.New(client, namespace(), nil)
}

func newPostgres(t *testing.T) idempotency.Store {
	pool, err := pgxpool.New(context.Background(), "postgres://postgres@"+testserver.SharedPostgres(t).Addr+"/postgres?pool_max_conns=16")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := postgres.New(pool, namespace(), nil)
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestServers storms the shared stores in real time. Calls are cut short in the
// middle, too: the server may carry them out after their caller has given up.
func TestServers(t *testing.T) {
	for name, open := range map[string]func(*testing.T) idempotency.Store{"redis": newRedis, "postgres": newPostgres} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			beside(t, Contract{Slack: 5 * time.Millisecond}, func(seed uint64) Storm {
				return Storm{Stores: []idempotency.Store{NewLossy(s, 20, seed)}}
			})
		})
		t.Run(name+" behind FailOpen", func(t *testing.T) {
			s := open(t)
			quiet := &idempotency.FailOpenOptions{Pause: unit / 4, Logger: slog.New(slog.DiscardHandler)}
			beside(t, Contract{Slack: 5 * time.Millisecond, FailOpen: true}, func(seed uint64) Storm {
				shared := NewOutages(s, unit, seed, 0, 0, 30, 300, 500)
				return Storm{Stores: []idempotency.Store{idempotency.FailOpen(shared, memory.New(nil), quiet)}, Steady: true, Retain: time.Hour}
			})
		})
	}
}

// beside runs storms beside each other on one store, and checks their histories.
func beside(t *testing.T, c Contract, storm func(seed uint64) Storm) {
	t.Helper()
	var next, calls, lost atomic.Int64
	var wg sync.WaitGroup
	histories := max(1, *count/10)
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(histories) && !t.Failed(); i = next.Add(1) {
				seed := *first + uint64(i) - 1
				s := storm(seed)
				s.Seed, s.Name, s.Unit, s.Patience = seed, fmt.Sprint(t.Name(), i), unit, time.Second
				s.Clients, s.Calls, s.Keys = 4, 15, 2
				history := s.Run(t.Context()).History()
				for _, op := range history {
					calls.Add(1)
					if op.Output.(Answer).Err == Failed {
						lost.Add(1)
					}
				}
				if wrong := c.Check(history); wrong != "" {
					t.Errorf("-histories.seed=%d: %s", seed, wrong)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d histories of %d calls, of which %d were lost", histories, calls.Load(), lost.Load())
}
