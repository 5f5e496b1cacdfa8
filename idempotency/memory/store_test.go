package memory_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
)

var (
	_ idempotency.Store       = (*memory.Store)(nil)
	_ idempotency.ReplayGuard = (*memory.Store)(nil)
	_ idempotency.Forgetter   = (*memory.Store)(nil)
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
				return memory.New(&memory.Options{Capacity: tt.capacity})
			}, &storetest.Options{Bubble: true, Capacity: tt.capacity})
		})
	}
	t.Run("zero value", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) idempotency.Store { return new(memory.Store) }, &storetest.Options{Bubble: true})
	})
	t.Run("real time", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) idempotency.Store { return memory.New(nil) }, nil)
	})
}
