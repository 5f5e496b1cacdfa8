package redis_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/middleware/endpointtest"
)

// TestEndpoints: endpoints and services that share a server get each of their
// deliveries once.
func TestEndpoints(t *testing.T) {
	client := newClient(t, testserver.SharedRedis(t).Addr)
	store, elsewhere := redis.New(client, newNamespace(), nil), redis.New(client, newNamespace(), nil)
	if err := endpointtest.Check(store, elsewhere); err != nil {
		t.Error(err)
	}
}
