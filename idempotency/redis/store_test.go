package redis_test

import (
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
)

// closed is an address that nobody listens on.
const closed = "127.0.0.1:1"

// TestStore runs the conformance suite through each kind of client.
func TestStore(t *testing.T) {
	addr := testserver.SharedRedis(t).Addr
	conformance := func(name string, client, down goredis.Scripter) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, func(*testing.T) idempotency.Store {
				return redis.New(client, &redis.Options{Prefix: newPrefix()})
			}, &storetest.Options{Down: func(*testing.T) idempotency.Store { return redis.New(down, nil) }})
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
		return redis.New(client, &redis.Options{Prefix: newPrefix()})
	}, &storetest.Options{Down: func(*testing.T) idempotency.Store { return redis.New(cluster(closed), nil) }})
}

func TestNewPanics(t *testing.T) {
	ring := goredis.NewRing(&goredis.RingOptions{})
	defer ring.Close()
	for name, client := range map[string]goredis.Scripter{"nil": nil, "a ring": ring} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New with %s as the client: no panic", name)
				}
			}()
			redis.New(client, nil)
		}()
	}
}
