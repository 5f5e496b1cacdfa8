package lru_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// BenchmarkStore claims and completes an id that has not been seen before in
// each iteration, on a store that is full. The benchmark of package memory
// compares the two stores, in memory and collections too.
func BenchmarkStore(b *testing.B) {
	for _, goroutines := range []int{1, 2} {
		b.Run(fmt.Sprintf("op=claim-complete/goroutines=%d/v=lru", goroutines), func(b *testing.B) {
			s := lru.New(nil)
			claimComplete(b, s, 0, 200_000)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() { claimComplete(b, s, uint64(g+1)<<40, b.N/goroutines) })
			}
			wg.Wait()
		})
	}
}

// claimComplete claims and completes n ids from the given one on. They are
// unique and as evenly spread as digests, without the time that those take.
func claimComplete(b *testing.B, s *lru.Store, from uint64, n int) {
	ctx := context.Background()
	for i := range uint64(n) {
		r := idempotency.Request{Lease: 15 * time.Second}
		x := (from + i) * 0x9e3779b97f4a7c15
		binary.LittleEndian.PutUint64(r.Key[:], x)
		binary.LittleEndian.PutUint64(r.Key[16:], x>>32)
		c, err := s.Claim(ctx, r)
		if err == nil {
			err = s.Complete(ctx, r.Key, c.Fence, 72*time.Hour)
		}
		if err != nil {
			b.Error(err)
			return
		}
	}
}
