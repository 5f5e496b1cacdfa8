package memory

import (
	"slices"
	"strings"
	"testing"
)

// TestSeeds: two stores have different shards for the same key. A key's place
// that a sender can work out is one that its ids can crowd.
func TestSeeds(t *testing.T) {
	a, b := New(&Options{Capacity: 1 << 20}), New(&Options{Capacity: 1 << 20})
	same := 0
	for i := range 256 {
		x := [32]byte{byte(i)}
		inA, _ := a.shard(x)
		inB, _ := b.shard(x)
		if slices.Index(indexes(a), inA) == slices.Index(indexes(b), inB) {
			same++
		}
	}
	if same > 32 { // 4 are to be expected with 64 shards
		t.Errorf("%d of 256 keys are in the same shard of two stores", same)
	}
}

func indexes(s *Store) []*shard {
	all := make([]*shard, len(s.shards))
	for i := range s.shards {
		all[i] = &s.shards[i]
	}
	return all
}

// TestClockIsMonotonic: nothing that sets the wall clock may lengthen a lease
// or end one early.
func TestClockIsMonotonic(t *testing.T) {
	if start := New(nil).start.String(); !strings.Contains(start, "m=") {
		t.Errorf("the store counts from %s, which has no monotonic reading", start)
	}
}
