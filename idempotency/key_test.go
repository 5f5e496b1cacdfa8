package idempotency_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
)

func TestNewKey(t *testing.T) {
	const none = "\x00\x00\x00\x00\x00\x00\x00\x00"
	tests := []struct {
		identity idempotency.Identity
		hashed   string
	}{
		{idempotency.Identity{}, none + none + none + none},
		{
			idempotency.Identity{Endpoint: "shop", Provider: "linktree", ID: "evt_1"},
			"\x00\x00\x00\x00\x00\x00\x00\x04shop" + "\x00\x00\x00\x00\x00\x00\x00\x08linktree" + none + "\x00\x00\x00\x00\x00\x00\x00\x05evt_1",
		},
		{
			idempotency.Identity{Provider: "github", Tenant: "acme", ID: strings.Repeat("x", 700)},
			none + "\x00\x00\x00\x00\x00\x00\x00\x06github" + "\x00\x00\x00\x00\x00\x00\x00\x04acme" + "\x00\x00\x00\x00\x00\x00\x02\xbc" + strings.Repeat("x", 700),
		},
	}
	for _, tt := range tests {
		got := idempotency.NewKey(tt.identity)
		if want := idempotency.Key(sha256.Sum256([]byte(tt.hashed))); got != want {
			t.Errorf("NewKey(%.200v): got %v, want %v", tt.identity, got, want)
		}
	}
}

// TestKeyParts moves the same bytes between the parts: a key made of the parts
// joined, or joined by any separator, would not tell these apart.
func TestKeyParts(t *testing.T) {
	seen := make(map[idempotency.Key]idempotency.Identity)
	for _, parts := range []idempotency.Identity{
		{"z", "ab", "c", "d"},
		{"z", "a", "bc", "d"},
		{"z", "a", "b", "cd"},
		{"za", "b", "c", "d"},
		{"zabcd", "", "", ""},
		{"", "zabcd", "", ""},
		{"", "", "zabcd", ""},
		{"", "", "", "zabcd"},
		{"z", "a:b", "c", "d"},
		{"z", "a", "b:c", "d"},
		{"z:a", "b", "c", "d"},
		{"z\x00a", "b", "c", "d"},
		{"z", "a\x00b", "c", "d"},
		{"z", "a", "b\x00c", "d"},
		{"z", "a", "b", "c\x00d"},
	} {
		key := idempotency.NewKey(parts)
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q share a key", parts, other)
		}
		seen[key] = parts
	}
}

func TestNewKeyAllocatesNothing(t *testing.T) {
	id := strings.Repeat("x", 255)
	if n := testing.AllocsPerRun(100, func() { idempotency.NewKey(idempotency.Identity{Provider: "linktree", Tenant: "acme", ID: id}) }); n != 0 {
		t.Errorf("NewKey of an id of %d bytes: %v allocations, want 0", len(id), n)
	}
}

func FuzzNewKey(f *testing.F) {
	f.Add("shop", "linktree", "", "1", "shop", "linktree", "1", "")
	f.Add("a", "b", "c", "d", "a", "b", "c", "d")
	f.Fuzz(func(t *testing.T, e1, p1, t1, id1, e2, p2, t2, id2 string) {
		a := idempotency.Identity{Endpoint: e1, Provider: p1, Tenant: t1, ID: id1}
		b := idempotency.Identity{Endpoint: e2, Provider: p2, Tenant: t2, ID: id2}
		if (idempotency.NewKey(a) == idempotency.NewKey(b)) != (a == b) {
			t.Errorf("keys of %q and %q: equal is %v", a, b, a != b)
		}
	})
}
