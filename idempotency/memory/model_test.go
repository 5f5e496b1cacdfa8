package memory_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/memorytest"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

// A model is what a store of one part does, with maps and slices and nothing
// else. The keys and seals are small numbers.
type model struct {
	keys  map[byte]*known
	done  remembrance
	seals remembrance
	fence uint64
	lost  uint64 // claims abandoned
	sweep time.Time
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
	key   byte // that the seal is bound to
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

func newModel(capacity, seals int) *model {
	return &model{
		keys:  make(map[byte]*known),
		done:  remembrance{cap: capacity},
		seals: remembrance{cap: seals},
		sweep: time.Now().Add(time.Hour),
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

// held returns what is in flight under the fence.
func (m *model) held(id byte, fence uint64) (*known, error) {
	if k, ok := m.keys[id]; ok && k.state == idempotency.InFlight && k.fence == fence {
		return k, nil
	}
	return nil, idempotency.ErrLost
}

func (m *model) extend(id byte, fence uint64, lease time.Duration) error {
	k, err := m.held(id, fence)
	if err == nil {
		k.until = time.Now().Add(lease)
	}
	return err
}

func (m *model) complete(id byte, fence uint64, retain time.Duration) error {
	k, err := m.held(id, fence)
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
	_, err := m.held(id, fence)
	if err == nil {
		delete(m.keys, id)
	}
	return err
}

func (m *model) bind(seal, id byte, ttl time.Duration) byte {
	for _, r := range m.seals.order {
		if r.id == seal && time.Now().Before(r.until) {
			return r.key
		}
	}
	m.seals.forget(seal)
	m.seals.add(remembered{id: seal, until: time.Now().Add(ttl), key: id}, func(byte) {})
	return id
}

func (m *model) stats() memory.Stats {
	return memory.Stats{
		Entries:      len(m.done.order),
		InFlight:     len(m.keys) - len(m.done.order),
		Seals:        len(m.seals.order),
		Evicted:      m.done.evicted,
		SealsEvicted: m.seals.evicted,
		Abandoned:    m.lost,
	}
}

// FuzzStore makes the calls that the bytes stand for on a store and on a model
// of one, in virtual time: each gives the same answer.
func FuzzStore(f *testing.F) {
	f.Add(byte(0), []byte{})
	f.Add(byte(0x21), []byte("\x00\x01\x02\x00\x11\x02\x03\x01\x05\x00\x01\x23\x05\x0c\x00\x02\x03\x01\x04\x05\x06"))
	f.Add(byte(0x13), []byte("0a0b0c1a2a3a4a5a6a7a8a9a0A0B0C1A2A3A4A5A6A7A8A9A"))
	f.Fuzz(func(t *testing.T, sizes byte, calls []byte) {
		synctest.Test(t, func(t *testing.T) { follow(t, sizes, calls) })
	})
}

// TestModel follows long runs of calls that are drawn at random, from the same
// seeds each time.
func TestModel(t *testing.T) {
	for seed := range byte(40) {
		calls := make([]byte, 6000)
		x := uint32(seed) + 1
		for i := range calls {
			x = x*1664525 + 1013904223
			calls[i] = byte(x >> 24)
		}
		synctest.Test(t, func(t *testing.T) { follow(t, seed, calls) })
	}
}

func follow(t *testing.T, sizes byte, calls []byte) {
	ctx := t.Context()
	capacity, seals := int(sizes&15)+1, int(sizes>>4)+1
	s, m := memory.New(&memory.Options{Capacity: capacity, Seals: seals}), newModel(capacity, seals)
	durations := [...]time.Duration{1, time.Second, time.Minute, 24 * time.Hour}

	for i := 0; i+2 < len(calls); i += 3 {
		// A call takes three bytes: what, of which key, and the rest.
		op, id, arg := calls[i]%8, calls[i+1]%32, calls[i+2]
		d := durations[arg&3]
		fence := m.fence - min(m.fence, uint64(arg>>5))
		if k, ok := m.keys[id]; ok && arg&16 == 0 {
			fence = k.fence
		}
		var got, want error
		switch op {
		case 0, 1, 2:
			owner, fingerprint := arg>>2&1, arg>>3&3
			c, err := s.Claim(ctx, idempotency.Request{
				Key: memorytest.Key(int(id)), Owner: [16]byte{owner}, Fingerprint: [32]byte{fingerprint}, Lease: d,
			})
			if model := m.claim(id, owner, fingerprint, d); err != nil || c != model {
				t.Fatalf("call %d: Claim: got %+v, %v, want %+v", i/3, c, err, model)
			}
		case 3, 4:
			got, want = s.Complete(ctx, memorytest.Key(int(id)), fence, d), m.complete(id, fence, d)
		case 5:
			if arg&4 == 0 {
				got, want = s.Release(ctx, memorytest.Key(int(id)), fence), m.release(id, fence)
			} else {
				got, want = s.Extend(ctx, memorytest.Key(int(id)), fence, d), m.extend(id, fence, d)
			}
		case 6:
			bound, err := s.Bind(ctx, memorytest.Key(int(id)), memorytest.Key(int(arg)), d)
			if model := m.bind(id, arg, d); err != nil || bound != memorytest.Key(int(model)) {
				t.Fatalf("call %d: Bind: got %v, %v, want %v", i/3, bound, err, memorytest.Key(int(model)))
			}
		case 7:
			time.Sleep(d)
		}
		if !errors.Is(got, want) {
			t.Fatalf("call %d (%d): got %v, want %v", i/3, op, got, want)
		}
		if s.Stats() != m.stats() {
			t.Fatalf("call %d (%d): stats %+v, want %+v", i/3, op, s.Stats(), m.stats())
		}
	}
}
