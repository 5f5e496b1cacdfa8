package memory_test

import (
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// A model is what a store of one part does, with maps and slices and nothing
// else. The keys and digests are small numbers.
type model struct {
	keys     map[byte]*known
	done     remembrance
	bindings remembrance
	fence    uint64
	lost     uint64 // claims abandoned
	sweep    time.Time
}

// A known is what a model knows of a key.
type known struct {
	state       idempotency.State
	fence       uint64
	owner       byte
	fingerprint byte
	until       time.Time
}

// A remembrance holds the ends of what is remembered, the oldest first.
type remembrance struct {
	cap     int
	order   []remembered
	evicted uint64
}

type remembered struct {
	id    byte
	until time.Time
	key   byte // that the digest is bound to
}

func (m *remembrance) forget(id byte) {
	m.order = slices.DeleteFunc(m.order, func(r remembered) bool { return r.id == id })
}

// add remembers one more and calls gone for those that go for it.
func (m *remembrance) add(r remembered, gone func(id byte)) {
	for range 2 {
		if len(m.order) == 0 {
			break
		}
		oldest := m.order[0]
		if time.Now().Before(oldest.until) {
			if len(m.order) < m.cap {
				break
			}
			m.evicted++
		}
		m.order = m.order[1:]
		gone(oldest.id)
	}
	m.order = append(m.order, r)
}

func newModel(capacity, bindings int) *model {
	return &model{
		keys:     make(map[byte]*known),
		done:     remembrance{cap: capacity},
		bindings: remembrance{cap: bindings},
		sweep:    time.Now().Add(time.Hour),
	}
}

func (m *model) claim(id, owner, fingerprint byte, lease time.Duration) idempotency.Claim {
	now := time.Now()
	if !now.Before(m.sweep) {
		m.sweep = now.Add(time.Hour)
		for id, k := range m.keys {
			if k.state == idempotency.InFlight && now.Sub(k.until) >= 24*time.Hour {
				delete(m.keys, id)
				m.lost++
			}
		}
	}
	k, ok := m.keys[id]
	switch {
	case ok && k.state == idempotency.InFlight && k.owner == owner:
		k.until = now.Add(lease)
		return idempotency.Claim{State: idempotency.Granted, Fence: k.fence, Fingerprint: [32]byte{k.fingerprint}}
	case ok && now.Before(k.until):
		c := idempotency.Claim{State: k.state, Fingerprint: [32]byte{k.fingerprint}}
		if k.state == idempotency.InFlight {
			c.RetryAfter = k.until.Sub(now)
		}
		return c
	}
	if ok && k.state == idempotency.Done {
		m.done.forget(id)
	}
	m.fence++
	m.keys[id] = &known{idempotency.InFlight, m.fence, owner, fingerprint, now.Add(lease)}
	return idempotency.Claim{State: idempotency.Granted, Fence: m.fence, Fingerprint: [32]byte{fingerprint}}
}

// claimed returns what is in flight under the fence.
func (m *model) claimed(id byte, fence uint64) (*known, error) {
	if k, ok := m.keys[id]; ok && k.state == idempotency.InFlight && k.fence == fence {
		return k, nil
	}
	return nil, idempotency.ErrLost
}

func (m *model) extend(id byte, fence uint64, lease time.Duration) error {
	k, err := m.claimed(id, fence)
	if err == nil {
		k.until = time.Now().Add(lease)
	}
	return err
}

func (m *model) complete(id byte, fence uint64, retain time.Duration) error {
	k, err := m.claimed(id, fence)
	if err == nil {
		k.state, k.until = idempotency.Done, time.Now().Add(retain)
		m.done.add(remembered{id: id, until: k.until}, func(id byte) { delete(m.keys, id) })
		return nil
	}
	if k, ok := m.keys[id]; ok && k.state == idempotency.Done && k.fence == fence && time.Now().Before(k.until) {
		return nil
	}
	return err
}

func (m *model) release(id byte, fence uint64) error {
	_, err := m.claimed(id, fence)
	if err == nil {
		delete(m.keys, id)
	}
	return err
}

func (m *model) bind(digest, id byte, ttl time.Duration) byte {
	for _, r := range m.bindings.order {
		if r.id == digest && time.Now().Before(r.until) {
			return r.key
		}
	}
	m.bindings.forget(digest)
	m.bindings.add(remembered{id: digest, until: time.Now().Add(ttl), key: id}, func(byte) {})
	return id
}

func (m *model) forget(id byte) (bool, error) {
	k, ok := m.keys[id]
	switch {
	case !ok:
		return false, nil
	case k.state == idempotency.InFlight:
		return false, idempotency.ErrInFlight
	}
	delete(m.keys, id)
	m.done.forget(id)
	return time.Now().Before(k.until), nil
}

func (m *model) stats() memory.Stats {
	return memory.Stats{
		Entries:         len(m.done.order),
		InFlight:        len(m.keys) - len(m.done.order),
		Bindings:        len(m.bindings.order),
		Evicted:         m.done.evicted,
		BindingsEvicted: m.bindings.evicted,
		Abandoned:       m.lost,
	}
}
