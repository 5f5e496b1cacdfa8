package memory

import (
	"hash/maphash"
	"math"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
)

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
	capacity, bindings, n := bounded.Sizes("memory", o.Capacity, o.Bindings)
	s := new(Store)
	s.once.Do(func() { s.init(capacity, bindings, n) })
	return s
}

func (s *Store) init(capacity, bindings, n int) {
	s.start, s.seed, s.shards = time.Now(), maphash.MakeSeed(), make([]shard, n)
	for i := range s.shards {
		s.shards[i] = shard{
			keys:      newTable[claim](bounded.Share(capacity, n, i)),
			bindings:  newTable[idempotency.Key](bounded.Share(bindings, n, i)),
			nextSweep: int64(bounded.SweepEvery),
		}
	}
}

// ready makes the zero Store one of default options.
func (s *Store) ready() {
	s.once.Do(func() { s.init(bounded.Sizes("memory", 0, 0)) })
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
// done or not there. If it is done it is listed in its table; if it is in flight
// it is not, and nothing evicts it.
type shard struct {
	mu        sync.Mutex
	fence     uint64 // the last one granted
	nextSweep int64
	abandoned uint64
	flights   []flight // in no order
	keys      table[claim]
	bindings  table[idempotency.Key]

	_ [64]byte // keeps the locks of two shards off one cache line
}

// A claim is what a shard knows of a key, in flight or done.
type claim struct {
	fence       uint64
	fingerprint [32]byte
}

// A flight is what a shard knows besides of a key in flight.
type flight struct {
	owner [16]byte
	n     uint32 // the key's entry
}

// inFlight stands for the newer neighbour of an entry in flight. The older one
// is then its place in flights.
const inFlight = math.MaxUint32

// begin puts an entry that is not listed in flight.
func (sh *shard) begin(n uint32, owner [16]byte) {
	e := sh.keys.at(n)
	e.newer, e.older = inFlight, uint32(len(sh.flights))
	sh.flights = append(sh.flights, flight{owner: owner, n: n})
}

// end ends a flight. The entry is then neither in flight nor listed.
func (sh *shard) end(n uint32) {
	i := sh.keys.at(n).older
	last := len(sh.flights) - 1
	sh.flights[i] = sh.flights[last]
	sh.keys.at(sh.flights[i].n).older = i
	sh.flights = sh.flights[:last]
}

// claimed returns the number of the entry that is in flight under this fence,
// or 0.
func (sh *shard) claimed(d digest, fence uint64) uint32 {
	n := sh.keys.find(d)
	if e := sh.keys.at(n); n == 0 || e.newer != inFlight || e.value.fence != fence {
		return 0
	}
	return n
}

// sweep forgets abandoned claims, if it is time to.
func (sh *shard) sweep(now int64) {
	if now < sh.nextSweep {
		return
	}
	sh.nextSweep = bounded.After(now, bounded.SweepEvery)
	for i := len(sh.flights) - 1; i >= 0; i-- {
		n := sh.flights[i].n
		if now-sh.keys.at(n).until >= int64(bounded.AbandonedAfter) {
			sh.end(n)
			sh.keys.remove(n)
			sh.abandoned++
		}
	}
}
