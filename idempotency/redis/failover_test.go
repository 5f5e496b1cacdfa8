package redis_test

import (
	"context"
	"crypto/rand"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// demote makes old the replica of next, which is its own until then, once next
// has all that old has.
func demote(t *testing.T, old, next *testserver.Server) {
	t.Helper()
	ctx, o, p := t.Context(), newClient(t, old.Addr), newClient(t, next.Addr)
	follow := func(client *goredis.Client, addr string) {
		t.Helper()
		host, port, err := net.SplitHostPort(addr)
		if err == nil {
			err = client.ReplicaOf(ctx, host, port).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := o.ConfigSet(ctx, "repl-diskless-sync-delay", "0").Err(); err != nil {
		t.Fatal(err)
	}
	follow(p, old.Addr)
	mark := rand.Text()
	if err := o.Set(ctx, mark, "", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for p.Exists(ctx, mark).Val() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := p.ReplicaOf(ctx, "no", "one").Err(); err != nil {
		t.Fatal(err)
	}
	follow(o, next.Addr)
}

// TestDemoted runs demoted with each kind of client.
func TestDemoted(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		demoted(t, func(client *goredis.Client) goredis.Scripter { return client })
	})
	t.Run("auto-pipeliner", func(t *testing.T) {
		demoted(t, func(client *goredis.Client) goredis.Scripter {
			p, err := client.AutoPipeline()
			if err != nil {
				t.Fatal(err)
			}
			return p
		})
	})
}

// demoted: the primary becomes a replica of another server, and its name
// leads to that one from then on. Connections to the old one stay open; no call
// fails, and each finds the new primary.
func demoted(t *testing.T, wrap func(*goredis.Client) goredis.Scripter) {
	ctx := t.Context()
	first, second := testserver.Redis(t, nil), testserver.Redis(t, nil)
	var primary atomic.Pointer[string]
	primary.Store(&first.Addr)
	client := goredis.NewClient(&goredis.Options{
		Addr:                  "primary:6379",
		ContextTimeoutEnabled: true,
		Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, *primary.Load())
		},
	})
	defer client.Close()
	s := redis.New(wrap(client), "test", nil)
	const n = 8
	fences := make([]uint64, n)
	each := func(call func(ctx context.Context, i int) error) {
		t.Helper()
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
				defer cancel()
				if err := call(ctx, i); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	claim := func(want idempotency.State, owner byte) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			c, err := s.Claim(ctx, request(key(i), owner, time.Hour))
			if err == nil && c.State != want {
				t.Errorf("Claim: got %v, want %v", c.State, want)
			}
			fences[i] = max(fences[i], c.Fence)
			return err
		}
	}
	demote := func(old, next *testserver.Server) {
		t.Helper()
		demote(t, old, next)
		primary.Store(&next.Addr)
	}
	each(claim(idempotency.Granted, 1))
	demote(first, second)
	each(func(ctx context.Context, i int) error { return s.Extend(ctx, key(i), fences[i], time.Hour) })
	each(claim(idempotency.InFlight, 2))
	demote(second, first)
	each(func(ctx context.Context, i int) error { return s.Complete(ctx, key(i), fences[i], time.Hour) })
	demote(first, second)
	each(claim(idempotency.Done, 3))
	each(func(ctx context.Context, i int) error {
		first, err := s.Bind(ctx, key(i), key(i), time.Hour)
		if first != key(i) {
			t.Errorf("Bind: got %v, want its own key", first)
		}
		return err
	})
}
