package lru

import (
	"encoding/binary"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
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

// A Store is an [idempotency.Store] and [idempotency.ReplayGuard] in memory. Make
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
	capacity, seals, n := bounded.Sizes("lru", o.Capacity, o.Seals)
	s := &Store{start: time.Now(), shards: make([]shard, n)}
	for i := range s.shards {
		s.shards[i] = shard{
			flight:    make(map[digest]flight),
			done:      newMemory[done](bounded.Share(capacity, n, i)),
			seals:     newMemory[idempotency.Key](bounded.Share(seals, n, i)),
			nextSweep: int64(bounded.SweepEvery),
		}
	}
	return s
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

// sweep forgets abandoned claims, if it is time to.
func (sh *shard) sweep(now int64) {
	if now < sh.nextSweep {
		return
	}
	sh.nextSweep = bounded.After(now, bounded.SweepEvery)
	for k, f := range sh.flight {
		if now-f.deadline >= int64(bounded.AbandonedAfter) {
			delete(sh.flight, k)
			sh.abandoned++
		}
	}
}
