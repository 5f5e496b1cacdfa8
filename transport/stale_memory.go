package transport

import (
	"crypto/sha256"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A staleMemory keeps answers, the latest used ones, up to a number and a size.
type staleMemory struct {
	most int64 // bytes

	mu      sync.Mutex
	entries *simplelru.LRU[staleKey, *staleEntry]
	bytes   int64 // of all entries
}

// newStaleMemory returns an empty memory. The options have been checked.
func newStaleMemory(o *StaleOptions) *staleMemory {
	m := &staleMemory{most: o.MaxBytes}
	gone := func(_ staleKey, e *staleEntry) { m.bytes -= e.size }
	m.entries, _ = simplelru.NewLRU(o.MaxEntries, gone) // it only refuses a size that is not positive
	return m
}

// get returns what is kept, nil if there is nothing.
func (m *staleMemory) get(key staleKey) *staleEntry {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, _ := m.entries.Get(key)
	return e
}

func (m *staleMemory) add(key staleKey, e *staleEntry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries.Remove(key) // a replaced entry would not be told as gone
	m.entries.Add(key, e)
	for m.bytes += e.size; m.bytes > m.most; {
		m.entries.RemoveOldest()
	}
}

func (m *staleMemory) remove(key staleKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries.Remove(key)
}

// removeAll drops all that belongs to an owner.
func (m *staleMemory) removeAll(owner [sha256.Size]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range m.entries.Keys() {
		if key.owner == owner {
			m.entries.Remove(key)
		}
	}
}
