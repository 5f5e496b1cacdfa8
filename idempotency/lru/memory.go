package lru

import "github.com/hashicorp/golang-lru/v2/simplelru"

// A memory holds a bounded number of entries, each until it expires. It is not
// safe for concurrent use.
//
// It only peeks into the LRU and puts each key once, so the order in there is
// that of the puts.
type memory[V any] struct {
	lru     *simplelru.LRU[digest, entry[V]]
	cap     int
	evicted uint64 // entries that made room before they had expired
}

type entry[V any] struct {
	expires int64
	value   V
}

func newMemory[V any](capacity int) memory[V] {
	lru, err := simplelru.NewLRU[digest, entry[V]](capacity, nil)
	if err != nil {
		panic(err) // only for a capacity that is not positive
	}
	return memory[V]{lru: lru, cap: capacity}
}

// get returns the value of a key that has not expired. It drops it if it has.
func (m *memory[V]) get(k digest, now int64) (v V, ok bool) {
	e, ok := m.lru.Peek(k)
	if !ok {
		return v, false
	}
	if now >= e.expires {
		m.lru.Remove(k)
		return v, false
	}
	return e.value, true
}

// put adds a key that is not there.
func (m *memory[V]) put(k digest, v V, now, expires int64) {
	// Up to two go for the one that comes, so that the expired are soon gone
	// and no call pays for many.
	for range 2 {
		_, e, ok := m.lru.GetOldest()
		if !ok {
			break
		}
		if now < e.expires {
			if m.lru.Len() < m.cap {
				break
			}
			m.evicted++
		}
		m.lru.RemoveOldest()
	}
	m.lru.Add(k, entry[V]{expires: expires, value: v})
}
