package lru

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// Options are the sizes of a [Store]. The zero value is useful.
type Options = memory.Options

// A Store is an [idempotency.Store], [idempotency.ReplayGuard] and
// [idempotency.Forgetter] in memory. The zero value is an empty store with the
// default options. All methods are safe for concurrent use. A Store must not be
// copied.
//
// It never waits: it refuses a context that has ended with the context's error
// before anything has changed, and returns no other error but those of the
// contract and those for durations that are not positive. It counts by the
// monotonic clock, which no setting of the wall clock moves.
type Store struct {
	once   sync.Once
	start  time.Time // times are monotonic nanoseconds since then
	seed   maphash.Seed
	shards []shard // a power of two of them
}

// New returns an empty store; nil means the default options. It panics if an
// option is negative.
func New(o *Options) *Store {
	if o == nil {
		o = &Options{}
	}
	capacity, bindings, n := bounded.Sizes("lru", o.Capacity, o.Bindings)
	s := new(Store)
	s.once.Do(func() { s.init(capacity, bindings, n) })
	return s
}

func (s *Store) init(capacity, bindings, n int) {
	s.start, s.seed, s.shards = time.Now(), maphash.MakeSeed(), make([]shard, n)
	for i := range s.shards {
		s.shards[i] = shard{
			flights:   make(map[digest]flight),
			done:      newCache[done](bounded.Share(capacity, n, i)),
			bindings:  newCache[idempotency.Key](bounded.Share(bindings, n, i)),
			nextSweep: int64(bounded.SweepEvery),
		}
	}
}

// ready makes the zero Store one of default options.
func (s *Store) ready() {
	s.once.Do(func() { s.init(bounded.Sizes("lru", 0, 0)) })
}

type digest = bounded.Digest

// shard returns the part of the store that x, a Key or a digest, belongs to.
func (s *Store) shard(x [32]byte) (*shard, digest) {
	s.ready()
	i, d := bounded.Shard(s.seed, len(s.shards), x)
	return &s.shards[i], d
}

// now is the time since the store was made.
func (s *Store) now() int64 { return int64(time.Since(s.start)) }

// A shard holds the keys and the bindings of its part. A key is in flight or
// done or neither, never both.
type shard struct {
	mu       sync.Mutex
	fence    uint64 // the last one granted
	flights  map[digest]flight
	done     cache[done]
	bindings cache[idempotency.Key]

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
	for k, f := range sh.flights {
		if now-f.deadline >= int64(bounded.AbandonedAfter) {
			delete(sh.flights, k)
			sh.abandoned++
		}
	}
}
