//go:build unix

package postgres_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/middleware/endpointtest"
)

// TestEndpoints: endpoints and services that share a database get each of their
// deliveries once.
func TestEndpoints(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	store, schema := newStore(t, pool, postgres.Options{})
	elsewhere := postgres.New(pool, "other", &postgres.Options{Schema: schema})
	if err := elsewhere.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := endpointtest.Check(store, elsewhere); err != nil {
		t.Error(err)
	}
}
