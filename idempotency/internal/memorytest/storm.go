package memorytest

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// storm sends each id from many goroutines, with handlers that fail at
// random, on a store of several shards: each takes effect once, and never in
// two places at a time.
func storm(t *testing.T, open Opener) {
	const senders = 32
	st := &rush{t: t, s: open(&memory.Options{Capacity: 4 * ids})}
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for _, i := range rand.Perm(ids) {
				for !t.Failed() && !st.deliver(t.Context(), i) {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Go(func() {
		for range 200 {
			if got := st.s.Stats(); got.InFlight > senders || got.Entries > ids {
				t.Errorf("in the storm: %+v", got)
			}
			runtime.Gosched()
		}
	})
	wg.Wait()

	for i := range st.effects {
		if n := st.effects[i].Load(); n != 1 {
			t.Errorf("id %d took effect %d times, want once", i, n)
		}
	}
	wantStats(t, st.s, memory.Stats{Entries: ids})
}

// ids is how many ids a storm sends.
const ids = 2000

// A rush is a storm's count of what happened.
type rush struct {
	t                *testing.T
	s                Store
	owners           atomic.Uint64
	running, effects [ids]atomic.Int32
}

// deliver makes one attempt and reports whether the sender is done with the id.
func (r *rush) deliver(ctx context.Context, i int) bool {
	request := idempotency.Request{Key: Key(i), Lease: time.Hour}
	binary.BigEndian.PutUint64(request.Owner[:], r.owners.Add(1))
	c, err := r.s.Claim(ctx, request)
	if err != nil {
		r.t.Error(err)
		return true
	}
	if c.State != idempotency.Granted {
		return c.State == idempotency.Done
	}
	if n := r.running[i].Add(1); n != 1 {
		r.t.Errorf("id %d: %d handlers at a time", i, n)
	}
	fails := rand.N(2) == 0
	if !fails {
		r.effects[i].Add(1)
	}
	runtime.Gosched()
	r.running[i].Add(-1)
	if fails {
		err = r.s.Release(ctx, request.Key, c.Fence)
	} else {
		err = r.s.Complete(ctx, request.Key, c.Fence, time.Hour)
	}
	if err != nil {
		r.t.Errorf("id %d: %v", i, err)
	}
	return false
}
