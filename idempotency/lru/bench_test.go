package lru_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
)

// BenchmarkClaimComplete claims and completes an id that has not been seen
// before in each iteration, on a store that is full before long.
func BenchmarkClaimComplete(b *testing.B) {
	for _, goroutines := range []int{1, 2} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			ctx := context.Background()
			s := lru.New(nil)
			var next atomic.Uint64
			b.ReportAllocs()
			done := make(chan error)
			b.ResetTimer()
			for range goroutines {
				go func() {
					// Unique and as evenly spread as a digest, without the
					// time that takes.
					base := next.Add(1) << 40
					for i := range uint64(b.N / goroutines) {
						var key idempotency.Key
						x := (base + i) * 0x9e3779b97f4a7c15
						binary.LittleEndian.PutUint64(key[:], x)
						binary.LittleEndian.PutUint64(key[16:], x>>32)
						c, err := s.Claim(ctx, idempotency.Request{Key: key, Lease: 15 * time.Second})
						if err == nil {
							err = s.Complete(ctx, key, c.Fence, 72*time.Hour)
						}
						if err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
			}
			for range goroutines {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
