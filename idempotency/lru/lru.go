package lru

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

const (
	defaultCapacity = 100_000

	// maxShards keeps the wait for a lock short on many cores. A shard of
	// fewer than minPerShard entries would fill too unevenly: a small store
	// has one, and evicts in exact order.
	maxShards   = 64
	minPerShard = 1024
)

// Options are the sizes of a [Store]. The zero value is useful.
type Options struct {
	// Capacity is how many completed deliveries are remembered at most; 0
	// means 100,000. The package comment tells how to choose it.
	Capacity int

	// Seals is how many seals are remembered at most for [Store.Bind]; 0
	// means as many as Capacity.
	Seals int
}

// A Store is an [idempotency.Store] and [idempotency.Binder] in memory. Make
// one with [New]. All its methods are safe for concurrent use.
//
// It never waits: a context that has ended is refused with its error, before
// anything has changed, and no other error comes from it but ErrLost and those
// for durations that are not positive.
type Store struct {
	start  time.Time // times are kept as monotonic nanoseconds since
	shards []shard   // a power of two of them
}

// New returns an empty store; nil means the default options. It panics if an
// option is negative.
func New(o *Options) *Store {
	if o == nil {
		o = &Options{}
	}
	if o.Capacity < 0 || o.Seals < 0 {
		panic(fmt.Sprintf("lru: negative option: Capacity %d, Seals %d", o.Capacity, o.Seals))
	}
	capacity := o.Capacity
	if capacity == 0 {
		capacity = defaultCapacity
	}
	seals := o.Seals
	if seals == 0 {
		seals = capacity
	}

	n := 1
	for n < maxShards && min(capacity, seals)/(2*n) >= minPerShard {
		n *= 2
	}
	s := &Store{start: time.Now(), shards: make([]shard, n)}
	for i := range s.shards {
		s.shards[i] = shard{
			flight:    make(map[digest]flight),
			done:      newMemory[done](share(capacity, n, i)),
			seals:     newMemory[idempotency.Key](share(seals, n, i)),
			nextSweep: int64(sweepEvery),
		}
	}
	return s
}

// share is the i-th of n parts of total; the parts add up to it.
func share(total, n, i int) int {
	if i < total%n {
		return total/n + 1
	}
	return total / n
}

// A digest stands for a Key or a seal: its first half. Both are SHA-256
// digests, and half of one is as good as a 128-bit hash: among a million
// entries a new one meets an equal one with a chance of 2⁻¹⁰⁸, and to make two
// that meet takes 2⁶⁴ tries, each for an id that the provider has to sign.
type digest [16]byte

// shard returns the part of the store that x, a Key or a seal, belongs to, and
// its digest. The shard is chosen by bits that are not in the digest.
func (s *Store) shard(x [32]byte) (*shard, digest) {
	i := binary.LittleEndian.Uint64(x[16:]) & uint64(len(s.shards)-1)
	return &s.shards[i], digest(x[:16])
}

// now is the time since the store was made.
func (s *Store) now() int64 { return int64(time.Since(s.start)) }

// after returns the time d after now, or the last there is.
func after(now int64, d time.Duration) int64 {
	if int64(d) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + int64(d)
}

// A shard holds the keys and the seals of its part. A key is in flight or done
// or neither, never both.
type shard struct {
	mu     sync.Mutex
	fence  uint64 // the last one granted
	flight map[digest]flight
	done   memory[done]
	seals  memory[idempotency.Key]

	nextSweep int64
	abandoned uint64

	_ [64]byte // keeps the locks of two shards off one cache line
}

// A flight is a claim in flight.
type flight struct {
	fence       uint64
	deadline    int64
	owner       [16]byte
	fingerprint [32]byte
}

// A done is a completed delivery.
type done struct {
	fence       uint64
	fingerprint [32]byte
}

const (
	// abandonedAfter is how long after its lease a claim may still be
	// completed if nobody takes over.
	abandonedAfter = 24 * time.Hour

	// sweepEvery bounds the cost of looking for abandoned claims: one pass
	// over a shard's claims in flight in this time.
	sweepEvery = time.Hour
)

// sweep forgets abandoned claims, if it is time to.
func (sh *shard) sweep(now int64) {
	if now < sh.nextSweep {
		return
	}
	sh.nextSweep = after(now, sweepEvery)
	for k, f := range sh.flight {
		if now-f.deadline >= int64(abandonedAfter) {
			delete(sh.flight, k)
			sh.abandoned++
		}
	}
}
