package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

var (
	_ idempotency.Store       = (*redis.Store)(nil)
	_ idempotency.ReplayGuard = (*redis.Store)(nil)
	_ idempotency.Forgetter   = (*redis.Store)(nil)
)

// closed is an address that no program listens on.
const closed = "127.0.0.1:1"

// TestStore runs the conformance suite through each kind of client.
func TestStore(t *testing.T) {
	addr := testserver.SharedRedis(t).Addr
	conformance := func(name string, client, down goredis.Scripter) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(*testing.T) idempotency.Store {
				return redis.New(client, newNamespace(), nil)
			}, &storetest.Options{
				Down: func(*testing.T) idempotency.Store { return redis.New(down, "test", nil) },
				Clock: func(t *testing.T) (idempotency.Store, func(time.Duration)) {
					server := testserver.Redis(t, &testserver.RedisOptions{Clock: true})
					return redis.New(newClient(t, server.Addr), "test", nil), func(by time.Duration) { server.StepClock(t, by) }
				},
			})
		})
	}
	conformance("client", newClient(t, addr), newClient(t, closed))

	// These know nothing of the calls' deadlines.
	plain := func(addr string) *goredis.Client {
		client := goredis.NewClient(&goredis.Options{Addr: addr, DialTimeout: time.Minute, MaxRetries: 100})
		t.Cleanup(func() { client.Close() })
		return client
	}
	conformance("client without deadlines", plain(addr), plain(closed))
	pipeline := func(addr string) goredis.Scripter {
		p, err := newClient(t, addr).AutoPipeline()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	conformance("auto-pipeliner", pipeline(addr), pipeline(closed))
}

func TestCluster(t *testing.T) {
	node := testserver.Redis(t, &testserver.RedisOptions{Cluster: true})
	cluster := func(addr string) *goredis.ClusterClient {
		client := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{addr}, ContextTimeoutEnabled: true})
		t.Cleanup(func() { client.Close() })
		return client
	}
	client := cluster(node.Addr)
	storetest.Run(t, func(*testing.T) idempotency.Store {
		return redis.New(client, newNamespace(), nil)
	}, &storetest.Options{Down: func(*testing.T) idempotency.Store { return redis.New(cluster(closed), "test", nil) }})
}

func TestNewPanics(t *testing.T) {
	ring := goredis.NewRing(&goredis.RingOptions{})
	defer ring.Close()
	client := newClient(t, closed)
	refused := func(name string, client goredis.Scripter, namespace string) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("New with %s: no panic", name)
			}
		}()
		redis.New(client, namespace, nil)
	}
	refused("a nil client", nil, "test")
	refused("a ring", ring, "test")
	for _, namespace := range []string{"", "a b", "a:b", "{a}", "a*", "ä", "a\x00", strings.Repeat("x", 65)} {
		refused(fmt.Sprintf("the namespace %q", namespace), client, namespace)
	}
	redis.New(client, "Orders-2.test_"+strings.Repeat("x", 50), nil)
}

// TestNamespaces: stores on one server know nothing of each other, whatever
// their names have in common.
func TestNamespaces(t *testing.T) {
	client, ctx := newClient(t, testserver.Redis(t, nil).Addr), t.Context()
	for _, namespace := range []string{"a", "b", "a.claim", "claim", "digest", "A"} {
		s := redis.New(client, namespace, nil)
		c, err := s.Claim(ctx, request(key(1), 1, time.Hour))
		if err != nil || c.State != idempotency.Granted {
			t.Errorf("%s: Claim: got %v, %v, want granted", namespace, c.State, err)
		}
		if err := s.Complete(ctx, key(1), c.Fence, time.Hour); err != nil {
			t.Errorf("%s: %v", namespace, err)
		}
		own := idempotency.NewKey(idempotency.Identity{ID: namespace})
		if first, err := s.Bind(ctx, key(1), own, time.Hour); err != nil || first != own {
			t.Errorf("%s: Bind: got %v, %v, want its own key", namespace, first, err)
		}
	}
}
