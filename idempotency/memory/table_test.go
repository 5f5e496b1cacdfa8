package memory

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// TestRoom: a store takes no more entries than it has ever held at a time, in
// whatever way they end.
func TestRoom(t *testing.T) {
	const capacity, flights, n = 1000, 500, 20_000
	s := New(&Options{Capacity: capacity})
	ctx := t.Context()
	var keys [n]idempotency.Key
	var fences [n]uint64
	for i := range keys {
		binary.BigEndian.PutUint64(keys[i][:], uint64(i))
		c, err := s.Claim(ctx, idempotency.Request{Key: keys[i], Lease: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		fences[i] = c.Fence
		if i < flights {
			continue
		}
		old := i - flights
		if i%2 == 0 {
			err = s.Release(ctx, keys[old], fences[old])
		} else {
			err = s.Complete(ctx, keys[old], fences[old], time.Hour)
		}
		if err == nil {
			_, err = s.Bind(ctx, keys[i], keys[i], time.Hour)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sh := &s.shards[0]
	if got, most := len(sh.keys.chunks)*chunkSize, capacity+flights+2+chunkSize; got > most {
		t.Errorf("room for %d keys, want %d at most", got, most)
	}
	if got, most := len(sh.bindings.chunks)*chunkSize, capacity+2+chunkSize; got > most {
		t.Errorf("room for %d bindings, want %d at most", got, most)
	}
}

// TestNoPointers: the garbage collector has nothing to look at in what there is
// many of.
func TestNoPointers(t *testing.T) {
	for name, v := range map[string]any{
		"key's entry":       entry[claim]{},
		"binding's entry":   entry[idempotency.Key]{},
		"number in the map": table[claim]{}.numbers,
		"flight":            flight{},
	} {
		if pointers(reflect.TypeOf(v)) {
			t.Errorf("a %s has pointers", name)
		}
	}
}

// pointers reports whether values of a type, or a map's, may have pointers in them.
func pointers(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Uint8, reflect.Uint32, reflect.Int64, reflect.Uint64:
		return false
	case reflect.Array:
		return pointers(typ.Elem())
	case reflect.Map: // of what it holds
		return pointers(typ.Key()) || pointers(typ.Elem())
	case reflect.Struct:
		for i := range typ.NumField() {
			if pointers(typ.Field(i).Type) {
				return true
			}
		}
		return false
	}
	return true
}
