package bench_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// stores are the stores in memory.
var stores = []struct {
	name string
	new  func(capacity int) idempotency.Store
}{
	{"lru", func(n int) idempotency.Store { return lru.New(&lru.Options{Capacity: n}) }},
	{"memory", func(n int) idempotency.Store { return memory.New(&memory.Options{Capacity: n}) }},
}

// storeKey returns the n-th key: unique, and as evenly spread as a digest, but
// faster to make.
func storeKey(n uint64) (key idempotency.Key) {
	x := n * 0x9e3779b97f4a7c15
	binary.LittleEndian.PutUint64(key[:], x)
	binary.LittleEndian.PutUint64(key[8:], n)
	binary.LittleEndian.PutUint64(key[16:], x>>32)
	return key
}

// remember claims and completes n keys, beginning with the key number first.
func remember(s idempotency.Store, first uint64, n int) error {
	ctx := context.Background()
	for i := range uint64(n) {
		key := storeKey(first + i)
		c, err := s.Claim(ctx, idempotency.Request{Key: key, Lease: 15 * time.Second})
		if err == nil {
			err = s.Complete(ctx, key, c.Fence, 72*time.Hour)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkStore claims and completes new keys, in a store that is soon full.
func BenchmarkStore(b *testing.B) {
	for _, goroutines := range []int{1, 2} {
		for _, st := range stores {
			b.Run(fmt.Sprintf("goroutines=%d/v=%s", goroutines, st.name), func(b *testing.B) {
				s := st.new(100_000)
				errs := make([]error, goroutines)
				var wg sync.WaitGroup
				b.ReportAllocs()
				b.ResetTimer()
				for g := range goroutines {
					wg.Go(func() { errs[g] = remember(s, uint64(g+1)<<40, (b.N+g)/goroutines) })
				}
				wg.Wait()
				for _, err := range errs {
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRemembered is BenchmarkStore in a store that is full from the start.
// B/id is the heap that one id takes. gc-ms is the processor time of one
// collection. gc-% is the collector's share of the processor time in a program
// that only claims and completes. It is computed from gc-ms, the bytes allocated
// per operation and the heap's growth until the next collection at GOGC=100, so
// that a short run gives it as well as a long one.
//
// The larger sizes need HOOKLATCH_BENCH_LARGE=1 and some gigabytes.
func BenchmarkRemembered(b *testing.B) {
	sizes := []int{1e3, 1e5}
	if os.Getenv("HOOKLATCH_BENCH_LARGE") != "" {
		sizes = []int{1e3, 1e4, 1e5, 1e6, 1e7}
	}
	for _, n := range sizes {
		for _, st := range stores {
			// Filled once, because the framework calls the function below
			// repeatedly.
			var full idempotency.Store
			var perID, gcTime float64
			next := uint64(1)
			fill := func(b *testing.B) {
				before := heap()
				full = st.new(n)
				// Shards fill unevenly. Twice the capacity fills all.
				if err := remember(full, next, 2*n); err != nil {
					b.Fatal(err)
				}
				next += uint64(2 * n)
				perID = float64(heap()-before) / float64(n)
				start := gcSeconds()
				const collections = 3
				for range collections {
					runtime.GC()
				}
				gcTime = (gcSeconds() - start) / collections
			}
			b.Run(fmt.Sprintf("ids=%d/v=%s", n, st.name), func(b *testing.B) {
				if full == nil {
					fill(b)
				}
				var m0, m1 runtime.MemStats
				runtime.ReadMemStats(&m0)
				gc0 := gcSeconds()
				b.ReportAllocs()
				b.ResetTimer()
				if err := remember(full, next, b.N); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				next += uint64(b.N)
				runtime.ReadMemStats(&m1)
				// Without the collector's time in this run.
				work := b.Elapsed().Seconds() - (gcSeconds()-gc0)/float64(runtime.GOMAXPROCS(0))
				perByte := max(0, work) / max(1, float64(m1.TotalAlloc-m0.TotalAlloc))
				untilNext := perByte * max(float64(m0.HeapAlloc), 4<<20)
				b.ReportMetric(perID, "B/id")
				b.ReportMetric(1e3*gcTime, "gc-ms")
				if b.N >= 1000 {
					b.ReportMetric(100*gcTime/(gcTime+untilNext), "gc-%")
				}
			})
			full = nil
		}
	}
}

// heap is the size of the heap's live objects.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// gcSeconds is the collector's processor time, as of the last collection.
func gcSeconds() float64 {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64()
}
