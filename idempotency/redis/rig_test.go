package redis_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func TestMain(m *testing.M) {
	// The client logs each connection that it can't make, which tests of
	// outages are about.
	goredis.SetLogger(silent{})
	os.Exit(testserver.Main(m))
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// newClient returns a client of the server on addr.
func newClient(t testing.TB, addr string) *goredis.Client {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	return client
}

var namespaces atomic.Int64

// newNamespace returns one that no other test of the binary has.
func newNamespace() string { return fmt.Sprint("test", namespaces.Add(1)) }

func key(i int) idempotency.Key {
	return idempotency.NewKey(idempotency.Identity{Provider: "test", ID: strconv.Itoa(i)})
}

func request(k idempotency.Key, owner byte, lease time.Duration) idempotency.Request {
	return idempotency.Request{Key: k, Owner: [16]byte{owner}, Fingerprint: [32]byte{owner}, Lease: lease}
}
