package memory

import (
	"math/rand/v2"
	"testing"
)

// look returns the numbers that are under a hash.
func look(x *index, hash uint32) []uint32 {
	var found []uint32
	p := x.page(hash)
	for i := p.home(hash); p.slots[i] != 0; i = p.next(i) {
		if p.slots[i].hash() == hash {
			found = append(found, p.slots[i].number())
		}
	}
	return found
}

// checkPages wants each page to stand where its hashes are looked for, and to
// know how many there are.
func checkPages(t *testing.T, x *index) (used, slots int) {
	t.Helper()
	if len(x.pages) != 1<<x.depth {
		t.Fatalf("%d places for pages at a depth of %d", len(x.pages), x.depth)
	}
	for i := 0; i < len(x.pages); {
		p := x.pages[i]
		n := 0
		for _, s := range p.slots {
			if s == 0 {
				continue
			}
			n++
			if x.page(s.hash()) != p {
				t.Fatalf("hash %#x is not in its page", s.hash())
			}
		}
		if n != p.used || n > len(p.slots)*3/4 {
			t.Fatalf("a page of %d slots has %d in use and says %d", len(p.slots), n, p.used)
		}
		for range 1 << (x.depth - p.depth) {
			if x.pages[i] != p {
				t.Fatalf("place %d has another page", i)
			}
			i++
		}
		used += n
		slots += len(p.slots)
	}
	return used, slots
}

// TestIndex puts and removes numbers under random hashes, some of them in the
// same places or the same altogether, against a map.
func TestIndex(t *testing.T) {
	const n = 20_000
	for _, tt := range []struct {
		name string
		mask uint32 // of the bits in which hashes differ
	}{
		{"spread", ^uint32(0)},
		{"one home in each page", 0xfffff000},
		{"few homes", 0xfff0000f | 0x3e0},
		{"the first and the last home", 0xffffffff &^ 0x3fe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			x := newIndex()
			under := make(map[uint32]uint32) // number → hash
			for i := uint32(1); i <= n; i++ {
				hash := random.Uint32() & tt.mask
				if tt.mask == 0xffffffff&^0x3fe && hash&1 == 1 {
					hash |= 0x3fe
				}
				x.put(hash, i)
				under[i] = hash
				if gone := random.Uint32N(i) + 1; i%3 == 0 {
					if hash, ok := under[gone]; ok {
						x.remove(hash, gone)
						delete(under, gone)
					}
				}
			}
			if used, _ := checkPages(t, &x); used != len(under) {
				t.Errorf("%d slots in use, want %d", used, len(under))
			}
			for i, hash := range under {
				times := 0
				for _, n := range look(&x, hash) {
					if n == i {
						times++
					}
				}
				if times != 1 {
					t.Fatalf("number %d is there %d times", i, times)
				}
			}
			for i, hash := range under {
				x.remove(hash, i)
			}
			if used, _ := checkPages(t, &x); used != 0 {
				t.Errorf("%d slots in use after all were removed", used)
			}
		})
	}
}

// TestIndexRoom: an index is never much larger than what is in it, and does not
// grow when as many leave as come.
func TestIndexRoom(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	x := newIndex()
	var hashes []uint32
	put := func() {
		hashes = append(hashes, random.Uint32())
		x.put(hashes[len(hashes)-1], uint32(len(hashes)))
	}
	for n := 1; n <= 50_000; n++ {
		put()
		if n%1000 == 0 {
			if _, slots := checkPages(t, &x); slots > 3*n+pageSlots {
				t.Fatalf("%d slots for %d", slots, n)
			}
		}
	}
	_, before := checkPages(t, &x)
	for i := range 200_000 {
		put()
		x.remove(hashes[i], uint32(i+1))
	}
	if _, after := checkPages(t, &x); after > before*5/4 {
		t.Errorf("%d slots, and %d after as many left as came", before, after)
	}
}

// TestSeeds: two stores have different places for the same digest.
func TestSeeds(t *testing.T) {
	same := 0
	a, b := New(&Options{Capacity: 1 << 20}), New(&Options{Capacity: 1 << 20})
	for i := range 100 {
		_, d, hash := a.shard([32]byte{byte(i)})
		if _, other, h := b.shard([32]byte{byte(i)}); other == d && h == hash {
			same++
		}
	}
	if same > 2 {
		t.Errorf("%d of 100 digests have the same hash in two stores", same)
	}
}
