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
	c := &caller{t: t, s: memory.New(&memory.Options{Capacity: capacity})}
	for range 2 * capacity {
		c.complete()
	}
	known := c.next()
	memorytest.Complete(t, c.s, known, time.Hour)
	for name, f := range map[string]func(){
		"claim, extend, complete and bind": c.complete,
		"claim and release":                c.release,
		"forget":                           c.forget,
		"duplicate": func() {
			if c, err := c.s.Claim(context.Background(), idempotency.Request{Key: known, Lease: time.Hour}); err != nil || c.State != idempotency.Done {
				t.Errorf("got %v, %v, want done", c.State, err)
			}
		},
		"stats": func() { c.s.Stats() },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

// A caller calls a store for keys that it has not seen.
type caller struct {
	t     *testing.T
	s     *memory.Store
	fresh uint64
}

func (c *caller) next() (k idempotency.Key) {
	c.fresh++
	binary.LittleEndian.PutUint64(k[:], c.fresh)
	return k
}

// do claims a new key and makes more calls about it.
func (c *caller) do(calls func(ctx context.Context, key idempotency.Key, fence uint64) error) {
	ctx := context.Background()
	r := idempotency.Request{Key: c.next(), Lease: time.Hour}
	claim, err := c.s.Claim(ctx, r)
	if err == nil {
		err = calls(ctx, r.Key, claim.Fence)
	}
	if err != nil {
		c.t.Error(err)
	}
}

func (c *caller) complete() {
	c.do(func(ctx context.Context, key idempotency.Key, fence uint64) error {
		err := c.s.Extend(ctx, key, fence, time.Hour)
		if err == nil {
			err = c.s.Complete(ctx, key, fence, time.Hour)
		}
		if err == nil {
			_, err = c.s.Bind(ctx, key, key, time.Hour)
		}
		return err
	})
}

func (c *caller) release() {
	c.do(func(ctx context.Context, key idempotency.Key, fence uint64) error {
		return c.s.Release(ctx, key, fence)
	})
}

func (c *caller) forget() {
	c.do(func(ctx context.Context, key idempotency.Key, fence uint64) error {
		err := c.s.Complete(ctx, key, fence, time.Hour)
		if err == nil {
			_, err = c.s.Forget(ctx, key)
		}
		return err
	})
}
