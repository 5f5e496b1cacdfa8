package memory

// A table holds entries by their digests. It lists some of them in the order in
// which they came, up to its capacity. It is not safe for concurrent use.
//
// Neither entries nor the map have pointers: entries refer to each other by
// number. So the garbage collector has nothing to look at, however many there
// are. They lie in chunks, allocated one by one and never moved, except for the
// first while it grows.
type table[V any] struct {
	numbers map[digest]uint32
	chunks  [][]entry[V]
	free    uint32 // the first entry not in use; they are linked by newer
	oldest  uint32 // the ends of the list
	newest  uint32
	len     int // entries listed
	cap     int
	evicted uint64 // entries that made room before they had expired
}

// chunkSize makes chunks of 16 to 18 KiB.
const chunkSize = 256

// An entry is 32 bytes and its value. Its number is not 0, which stands for
// none; 32 bits count 300 GB of entries.
type entry[V any] struct {
	digest       digest
	until        int64
	newer, older uint32 // neighbours in the list
	value        V
}

func newTable[V any](capacity int) table[V] {
	return table[V]{
		numbers: make(map[digest]uint32),
		chunks:  [][]entry[V]{make([]entry[V], 1)},
		cap:     capacity,
	}
}

// at returns the entry with a number. It holds until the next add.
func (t *table[V]) at(n uint32) *entry[V] { return &t.chunks[n/chunkSize][n%chunkSize] }

// find returns the number of a digest's entry, or 0.
func (t *table[V]) find(d digest) uint32 { return t.numbers[d] }

// add returns the number of a new entry for a digest that has none. It is not
// listed.
func (t *table[V]) add(d digest) uint32 {
	n := t.take()
	t.at(n).digest = d
	t.numbers[d] = n
	return n
}

// remove removes an entry that is not listed.
func (t *table[V]) remove(n uint32) {
	e := t.at(n)
	delete(t.numbers, e.digest)
	e.newer, t.free = t.free, n
}

// list makes an entry the newest, and others leave to keep the table within
// its capacity.
func (t *table[V]) list(n uint32, now int64) {
	// Up to two go for the one that comes, so that the expired are soon gone
	// and no call pays for many.
	for range 2 {
		oldest := t.oldest
		if oldest == 0 {
			break
		}
		if now < t.at(oldest).until {
			if t.len < t.cap {
				break
			}
			t.evicted++
		}
		t.unlist(oldest)
		t.remove(oldest)
	}
	e := t.at(n)
	e.newer, e.older = 0, t.newest
	if t.newest == 0 {
		t.oldest = n
	} else {
		t.at(t.newest).newer = n
	}
	t.newest = n
	t.len++
}

// unlist takes an entry out of the list.
func (t *table[V]) unlist(n uint32) {
	e := t.at(n)
	if e.older == 0 {
		t.oldest = e.newer
	} else {
		t.at(e.older).newer = e.newer
	}
	if e.newer == 0 {
		t.newest = e.older
	} else {
		t.at(e.newer).older = e.older
	}
	t.len--
}

// take returns the number of an entry that is not in use.
func (t *table[V]) take() uint32 {
	if n := t.free; n != 0 {
		t.free = t.at(n).newer
		return n
	}
	last := len(t.chunks) - 1
	if len(t.chunks[last]) == chunkSize {
		t.chunks = append(t.chunks, make([]entry[V], 0, chunkSize))
		last++
	}
	t.chunks[last] = append(t.chunks[last], entry[V]{})
	return uint32(last*chunkSize + len(t.chunks[last]) - 1)
}
