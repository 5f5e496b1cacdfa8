package memory_test

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/memorytest"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

func TestMemory(t *testing.T) {
	memorytest.Run(t, func(o *memory.Options) memorytest.Store { return memory.New(o) })
}

// TestAllocations: once a store is full, no call allocates.
func TestAllocations(t *testing.T) {
	const capacity = 4096
	s := memory.New(&memory.Options{Capacity: capacity})
	ctx := context.Background()
	fresh := uint64(0)
	next := func() (k idempotency.Key) {
		fresh++
		binary.LittleEndian.PutUint64(k[:], fresh)
		return k
	}
	put := func() {
		r := idempotency.Request{Key: next(), Lease: time.Hour}
		c, err := s.Claim(ctx, r)
		if err == nil {
			err = s.Extend(ctx, r.Key, c.Fence, time.Hour)
		}
		if err == nil {
			err = s.Complete(ctx, r.Key, c.Fence, time.Hour)
		}
		if err == nil {
			_, err = s.Bind(ctx, r.Key, r.Key, time.Hour)
		}
		if err != nil {
			t.Error(err)
		}
	}
	for range 2 * capacity {
		put()
	}
	known := next()
	memorytest.Complete(t, s, known, time.Hour)
	for name, f := range map[string]func(){
		"claim, extend, complete and bind": put,
		"duplicate": func() {
			if c, err := s.Claim(ctx, idempotency.Request{Key: known, Lease: time.Hour}); err != nil || c.State != idempotency.Done {
				t.Errorf("got %v, %v, want done", c.State, err)
			}
		},
		"claim and release": func() {
			r := idempotency.Request{Key: next(), Lease: time.Hour}
			c, err := s.Claim(ctx, r)
			if err == nil {
				err = s.Release(ctx, r.Key, c.Fence)
			}
			if err != nil {
				t.Error(err)
			}
		},
		"stats": func() { s.Stats() },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}
