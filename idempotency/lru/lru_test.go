package lru_test

import (
	"context"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/memorytest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

func TestMemory(t *testing.T) {
	memorytest.Run(t, func(o *memory.Options) memorytest.Store { return lru.New(o) })
}

func TestAllocations(t *testing.T) {
	s := lru.New(&lru.Options{Capacity: 64})
	ctx := context.Background()
	memorytest.Complete(t, s, memorytest.Key(0), time.Hour)
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	for name, f := range map[string]func(){
		"duplicate": func() {
			_, err := s.Claim(ctx, idempotency.Request{Key: memorytest.Key(0), Lease: time.Hour})
			must(err)
		},
		"claim, extend and release": func() {
			c, err := s.Claim(ctx, idempotency.Request{Key: memorytest.Key(1), Lease: time.Hour})
			must(err)
			must(s.Extend(ctx, memorytest.Key(1), c.Fence, time.Hour))
			must(s.Release(ctx, memorytest.Key(1), c.Fence))
		},
		"stats": func() { s.Stats() },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}
