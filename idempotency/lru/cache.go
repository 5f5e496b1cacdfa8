package lru

import "github.com/hashicorp/golang-lru/v2/simplelru"

// A cache holds a bounded number of entries, each until it expires. It is not
// safe for concurrent use.
//
// It only peeks into the LRU and adds each key once, so the order in there is
// that of the additions.
type cache[V any] struct {
	lru     *simplelru.LRU[digest, entry[V]]
	cap     int
	evicted uint64 // entries that made room before they had expired
}

type entry[V any] struct {
	expires int64
	value   V
}

func newCache[V any](capacity int) cache[V] {
	lru, err := simplelru.NewLRU[digest, entry[V]](capacity, nil)
	if err != nil {
		panic(err) // only for a capacity that is not positive
	}
	return cache[V]{lru: lru, cap: capacity}
}

// get returns the value of a key that has not expired. It removes one that has.
func (c *cache[V]) get(k digest, now int64) (v V, ok bool) {
	e, ok := c.lru.Peek(k)
	if !ok {
		return v, false
	}
	if now >= e.expires {
		c.lru.Remove(k)
		return v, false
	}
	return e.value, true
}

// remove removes a key and reports whether it was there and had not expired.
func (c *cache[V]) remove(k digest, now int64) bool {
	_, ok := c.get(k, now)
	return ok && c.lru.Remove(k)
}

// add adds a key that is not there.
func (c *cache[V]) add(k digest, v V, now, expires int64) {
	// Up to two go for the one that comes, so that the expired are soon gone
	// and no call pays for many.
	for range 2 {
		_, e, ok := c.lru.GetOldest()
		if !ok {
			break
		}
		if now < e.expires {
			if c.lru.Len() < c.cap {
				break
			}
			c.evicted++
		}
		c.lru.RemoveOldest()
	}
	c.lru.Add(k, entry[V]{expires: expires, value: v})
}
