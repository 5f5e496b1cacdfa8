package memory

// An index leads from the hash of a digest to the number of its entry. It is a
// hash table in pages (extendible hashing): one that fills up is split in two,
// which takes as long in a large index as in a small one. Pages are never
// joined again.
type index struct {
	// pages are found by the first depth bits of a hash. A page whose own
	// depth is less stands in several places, next to each other.
	pages []*page
	depth uint8
}

// A page holds slots by open addressing: one is at the place that the last bits
// of its hash give, or at the next that was free.
type page struct {
	slots []slot // a power of two of them, at most three quarters in use
	used  int
	depth uint8 // how many first bits all the hashes in here share
}

const (
	firstSlots = 8
	pageSlots  = 1024 // 8 KiB
)

// A slot holds a hash and the number of an entry that has it; the zero slot is
// free. With the hash at hand, pages are searched, closed up and split without
// a look at the entries, which would each be a cache line from memory.
type slot uint64

func newSlot(hash, n uint32) slot { return slot(hash)<<32 | slot(n) }

func (s slot) hash() uint32   { return uint32(s >> 32) }
func (s slot) number() uint32 { return uint32(s) }

func newIndex() index { return index{pages: []*page{newPage(firstSlots, 0)}} }

func newPage(slots int, depth uint8) *page {
	return &page{slots: make([]slot, slots), depth: depth}
}

// page returns the page for a hash.
func (x *index) page(hash uint32) *page { return x.pages[hash>>(32-x.depth)] }

// put adds a number, which is not zero, under a hash.
func (x *index) put(hash, n uint32) {
	p := x.page(hash)
	for p.used >= len(p.slots)*3/4 {
		x.grow(p, hash)
		p = x.page(hash)
	}
	p.put(newSlot(hash, n))
}

// remove removes a number that was put under the hash.
func (x *index) remove(hash, n uint32) {
	p := x.page(hash)
	i := p.home(hash)
	for p.slots[i] != newSlot(hash, n) {
		i = p.next(i)
	}
	// Nothing may stand behind a gap that its search would end at.
	for j := p.next(i); p.slots[j] != 0; j = p.next(j) {
		if p.steps(p.home(p.slots[j].hash()), j) >= p.steps(i, j) {
			p.slots[i] = p.slots[j]
			i = j
		}
	}
	p.slots[i] = 0
	p.used--
}

// grow makes room in the page for a hash: it gets twice the slots, or is split
// by the next bit of its hashes.
func (x *index) grow(p *page, hash uint32) {
	if len(p.slots) < pageSlots {
		old := p.slots
		*p = *newPage(2*len(old), p.depth)
		for _, s := range old {
			if s != 0 {
				p.put(s)
			}
		}
		return
	}
	if p.depth == x.depth {
		pages := make([]*page, 2*len(x.pages))
		for i := range pages {
			pages[i] = x.pages[i/2]
		}
		x.pages = pages
		x.depth++
	}
	halves := [2]*page{newPage(pageSlots, p.depth+1), newPage(pageSlots, p.depth+1)}
	for _, s := range p.slots {
		if s != 0 {
			halves[s.hash()>>(31-p.depth)&1].put(s)
		}
	}
	places := 1 << (x.depth - p.depth)
	first := int(hash>>(32-x.depth)) &^ (places - 1)
	for i := range places {
		x.pages[first+i] = halves[2*i/places]
	}
}

// put takes the first free place for s. There must be one.
func (p *page) put(s slot) {
	i := p.home(s.hash())
	for p.slots[i] != 0 {
		i = p.next(i)
	}
	p.slots[i] = s
	p.used++
}

func (p *page) home(hash uint32) int { return int(hash) & (len(p.slots) - 1) }
func (p *page) next(i int) int       { return (i + 1) & (len(p.slots) - 1) }

// steps is the way from one place to another.
func (p *page) steps(from, to int) int { return (to - from) & (len(p.slots) - 1) }
