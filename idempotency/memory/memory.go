package memory

import (
	"hash/maphash"
	"math"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/bounded"
)

// Options are the sizes of a [Store]. The zero value is useful.
type Options struct {
	// Capacity is how many completed deliveries are remembered at most; 0
	// means 100,000. Package lru tells how to choose it.
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
	seed   maphash.Seed
	shards []shard // a power of two of them
}

// New returns an empty store; nil means the default options. It panics if an
// option is negative.
func New(o *Options) *Store {
	if o == nil {
		o = &Options{}
	}
	capacity, seals, n := bounded.Sizes("memory", o.Capacity, o.Seals)
	s := &Store{start: time.Now(), seed: maphash.MakeSeed(), shards: make([]shard, n)}
	for i := range s.shards {
		s.shards[i] = shard{
			keys:      newTable[claim](s.seed, bounded.Share(capacity, n, i)),
			seals:     newTable[idempotency.Key](s.seed, bounded.Share(seals, n, i)),
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

// hash is where a digest is found. The seed is the store's own: ids can be made
// whose digests begin alike, but not such that crowd one shard or page.
func (d *digest) hash(seed maphash.Seed) uint32 { return uint32(d.sum(seed) >> 32) }

func (d *digest) sum(seed maphash.Seed) uint64 { return maphash.Bytes(seed, d[:]) }

// shard returns the part of the store that x, a Key or a seal, belongs to, its
// digest and hash. The shard is chosen by bits that are not in the hash.
func (s *Store) shard(x [32]byte) (*shard, digest, uint32) {
	d := digest(x[:16])
	sum := d.sum(s.seed)
	return &s.shards[uint32(sum)&uint32(len(s.shards)-1)], d, uint32(sum >> 32)
}

// now is the time since the store was made.
func (s *Store) now() int64 { return int64(time.Since(s.start)) }

// A shard holds the keys and the seals of its part. A key is in flight or done
// or not there. If it is done it is listed in its table; if it is in flight it
// is not, and nothing makes it leave.
type shard struct {
	mu        sync.Mutex
	fence     uint64 // the last one granted
	nextSweep int64
	abandoned uint64
	flights   []flight // in no order
	keys      table[claim]
	seals     table[idempotency.Key]

	_ [64]byte // keeps the locks of two shards off one cache line
}

// A claim is what is known of a key, in flight or done.
type claim struct {
	fence       uint64
	fingerprint [32]byte
}

// A flight is what is known besides of a key in flight.
type flight struct {
	owner [16]byte
	n     uint32 // the key's entry
}

// flying stands for the newer neighbour of an entry in flight. The older one is
// then its place in flights.
const flying = math.MaxUint32

// launch makes an entry that is not listed one in flight.
func (sh *shard) launch(n uint32, owner [16]byte) {
	e := sh.keys.at(n)
	e.newer, e.older = flying, uint32(len(sh.flights))
	sh.flights = append(sh.flights, flight{owner: owner, n: n})
}

// land ends a flight. The entry is then neither in flight nor listed.
func (sh *shard) land(n uint32) {
	i := sh.keys.at(n).older
	last := len(sh.flights) - 1
	sh.flights[i] = sh.flights[last]
	sh.keys.at(sh.flights[i].n).older = i
	sh.flights = sh.flights[:last]
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
			sh.land(n)
			sh.keys.remove(n)
			sh.abandoned++
		}
	}
}
