package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/internal/memorytest"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

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
	capacity, bindings := int(sizes&15)+1, int(sizes>>4)+1
	s, m := memory.New(&memory.Options{Capacity: capacity, Bindings: bindings}), newModel(capacity, bindings)
	for i := 0; i+2 < len(calls); i += 3 {
		// A call takes three bytes: what, of which key, and the rest.
		op, id, arg := calls[i]%9, calls[i+1]%32, calls[i+2]
		if got, want := step(t.Context(), s, m, op, id, arg); got != want {
			t.Fatalf("call %d (%d): got %+v, want %+v", i/3, op, got, want)
		}
		if s.Stats() != m.stats() {
			t.Fatalf("call %d (%d): stats %+v, want %+v", i/3, op, s.Stats(), m.stats())
		}
	}
}

// An answer is what a call returned.
type answer struct {
	claim  idempotency.Claim
	key    idempotency.Key
	forgot bool
	err    error
}

// step makes one call of the store and of the model.
func step(ctx context.Context, s *memory.Store, m *model, op, id, arg byte) (got, want answer) {
	d := [...]time.Duration{1, time.Second, time.Minute, 24 * time.Hour}[arg&3]
	key := memorytest.Key(int(id))
	fence := m.fence - min(m.fence, uint64(arg>>5))
	if k, ok := m.keys[id]; ok && arg&16 == 0 {
		fence = k.fence
	}
	switch op {
	case 0, 1, 2:
		owner, fingerprint := arg>>2&1, arg>>3&3
		want.claim = m.claim(id, owner, fingerprint, d)
		got.claim, got.err = s.Claim(ctx, idempotency.Request{
			Key: key, Owner: [16]byte{owner}, Fingerprint: [32]byte{fingerprint}, Lease: d,
		})
	case 3, 4:
		got.err, want.err = s.Complete(ctx, key, fence, d), m.complete(id, fence, d)
	case 5:
		if arg&4 == 0 {
			got.err, want.err = s.Release(ctx, key, fence), m.release(id, fence)
		} else {
			got.err, want.err = s.Extend(ctx, key, fence, d), m.extend(id, fence, d)
		}
	case 6:
		want.key = memorytest.Key(int(m.bind(id, arg, d)))
		got.key, got.err = s.Bind(ctx, key, memorytest.Key(int(arg)), d)
	case 7:
		time.Sleep(d)
	case 8:
		want.forgot, want.err = m.forget(id)
		got.forgot, got.err = s.Forget(ctx, key)
	}
	return got, want
}
