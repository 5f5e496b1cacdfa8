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
)

// storm sends each id from many goroutines, with handlers that fail at
// random, on a store of several shards: each takes effect once, and never in
// two places at a time.
func storm(t *testing.T, open Opener) {
	const senders, ids = 32, 2000
	s := open(&Options{Capacity: 4 * ids})
	var running, effects [ids]atomic.Int32
	var owners atomic.Uint64

	// deliver makes one attempt and reports whether the sender is done with
	// the id.
	deliver := func(ctx context.Context, i int) bool {
		k := Key(i)
		r := idempotency.Request{Key: k, Lease: time.Hour}
		binary.BigEndian.PutUint64(r.Owner[:], owners.Add(1))
		c, err := s.Claim(ctx, r)
		if err != nil {
			t.Error(err)
			return true
		}
		if c.State != idempotency.Granted {
			return c.State == idempotency.Done
		}
		if n := running[i].Add(1); n != 1 {
			t.Errorf("id %d: %d handlers at a time", i, n)
		}
		fails := rand.N(2) == 0
		if !fails {
			effects[i].Add(1)
		}
		runtime.Gosched()
		running[i].Add(-1)
		if fails {
			err = s.Release(ctx, k, c.Fence)
		} else {
			err = s.Complete(ctx, k, c.Fence, time.Hour)
		}
		if err != nil {
			t.Errorf("id %d: %v", i, err)
		}
		return false
	}

	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for _, i := range rand.Perm(ids) {
				for !t.Failed() && !deliver(t.Context(), i) {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Go(func() {
		for range 200 {
			if st := s.Stats(); st.InFlight > senders || st.Entries > ids {
				t.Errorf("in the storm: %+v", st)
			}
			runtime.Gosched()
		}
	})
	wg.Wait()

	for i := range effects {
		if n := effects[i].Load(); n != 1 {
			t.Errorf("id %d took effect %d times, want once", i, n)
		}
	}
	wantStats(t, s, Stats{Entries: ids})
}
