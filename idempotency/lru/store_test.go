package lru_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
)

var (
	_ idempotency.Store       = (*lru.Store)(nil)
	_ idempotency.ReplayGuard = (*lru.Store)(nil)
	_ idempotency.Forgetter   = (*lru.Store)(nil)
)

func TestStore(t *testing.T) {
	for _, tt := range []struct {
		name     string
		capacity int
	}{
		{"one shard", 64},
		{"many shards", 4096},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) idempotency.Store {
				return lru.New(&lru.Options{Capacity: tt.capacity})
			}, &storetest.Options{Bubble: true, Capacity: tt.capacity})
		})
	}
	t.Run("zero value", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) idempotency.Store { return new(lru.Store) }, &storetest.Options{Bubble: true})
	})
	t.Run("real time", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) idempotency.Store { return lru.New(nil) }, nil)
	})
}
