package memory_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

var ids = flag.Int("ids", 1_000_000, "how many ids BenchmarkStore/op=remember has in a store")

// versions are the stores to compare; 0 stands for their default capacity.
var versions = []struct {
	name string
	new  func(capacity int) idempotency.Store
}{
	{"lru", func(n int) idempotency.Store { return lru.New(&lru.Options{Capacity: n}) }},
	{"memory", func(n int) idempotency.Store { return memory.New(&memory.Options{Capacity: n}) }},
}

// claimComplete claims and completes an id. Ids of different i are different,
// and as evenly spread as digests, without the time that those take.
func claimComplete(s idempotency.Store, i uint64) error {
	ctx := context.Background()
	r := idempotency.Request{Lease: 15 * time.Second}
	x := i * 0x9e3779b97f4a7c15
	binary.LittleEndian.PutUint64(r.Key[:], x)
	binary.LittleEndian.PutUint64(r.Key[16:], x>>32)
	c, err := s.Claim(ctx, r)
	if err != nil {
		return err
	}
	return s.Complete(ctx, r.Key, c.Fence, 72*time.Hour)
}

// BenchmarkStore compares the two stores in memory.
//
// op=claim-complete claims and completes an id that has not been seen before in
// each iteration, on a store that is full.
//
// op=remember fills a store with -ids of them; run it with -benchtime=1x. It
// reports the bytes and the time for each id, the longest that one took, how
// long a collection takes with the store there, and the share of the processor
// time that the collector takes when each delivery after that leaves 1 KiB of
// garbage.
func BenchmarkStore(b *testing.B) {
	for _, goroutines := range []int{1, 2} {
		for _, v := range versions {
			b.Run(fmt.Sprintf("op=claim-complete/goroutines=%d/v=%s", goroutines, v.name), func(b *testing.B) {
				benchmarkClaimComplete(b, v.new(0), goroutines)
			})
		}
	}
	for _, v := range versions {
		b.Run(fmt.Sprintf("op=remember/ids=%d/v=%s", *ids, v.name), func(b *testing.B) {
			for range b.N {
				benchmarkRemember(b, v.new)
			}
		})
	}
}

func benchmarkClaimComplete(b *testing.B, s idempotency.Store, goroutines int) {
	const full = 200_000
	for i := range uint64(full) {
		if err := claimComplete(s, i); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			base := uint64(g+1) << 40
			for i := range uint64(b.N / goroutines) {
				if err := claimComplete(s, base+i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// garbage keeps the compiler from doing without.
var garbage []byte

func benchmarkRemember(b *testing.B, newStore func(capacity int) idempotency.Store) {
	before := heap()
	s := newStore(*ids + *ids/8)
	longest := time.Duration(0)
	start := time.Now()
	last := start
	for i := range uint64(*ids) {
		if err := claimComplete(s, i); err != nil {
			b.Fatal(err)
		}
		now := time.Now()
		longest = max(longest, now.Sub(last))
		last = now
	}
	fill := last.Sub(start)
	bytes := heap() - before

	collect := time.Duration(1<<63 - 1)
	for range 3 {
		start := time.Now()
		runtime.GC()
		collect = min(collect, time.Since(start))
	}

	gcBefore, userBefore := processor()
	for i := range uint64(*ids) {
		if err := claimComplete(s, 1<<40+i); err != nil {
			b.Fatal(err)
		}
		garbage = make([]byte, 1024)
	}
	gc, user := processor()
	gc, user = gc-gcBefore, user-userBefore
	runtime.KeepAlive(s)

	n := float64(*ids)
	b.ReportMetric(float64(bytes)/n, "B/id")
	b.ReportMetric(float64(fill.Nanoseconds())/n, "ns/id")
	b.ReportMetric(float64(longest.Microseconds()), "longest-µs")
	b.ReportMetric(float64(collect.Microseconds())/1000, "gc-ms")
	b.ReportMetric(100*gc/(gc+user), "gc-%")
}

// heap returns how many bytes are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// processor returns the seconds of processor time that the collector and the
// program have taken, without what the collector does on processors that are
// idle. They are as of the last collection.
func processor() (gc, user float64) {
	m := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
		{Name: "/cpu/classes/user:cpu-seconds"},
	}
	metrics.Read(m)
	return m[0].Value.Float64() - m[1].Value.Float64(), m[2].Value.Float64()
}
