package idempotency_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
)

func TestNewKey(t *testing.T) {
	tests := []struct{ provider, tenant, id, hashed string }{
		{"", "", "", "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00"},
		{
			"linktree", "", "evt_1",
			"\x00\x00\x00\x00\x00\x00\x00\x08linktree" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x05evt_1",
		},
		{
			"github", "acme", strings.Repeat("x", 700),
			"\x00\x00\x00\x00\x00\x00\x00\x06github" + "\x00\x00\x00\x00\x00\x00\x00\x04acme" + "\x00\x00\x00\x00\x00\x00\x02\xbc" + strings.Repeat("x", 700),
		},
	}
	for _, tt := range tests {
		got := idempotency.NewKey(tt.provider, tt.tenant, tt.id)
		if want := idempotency.Key(sha256.Sum256([]byte(tt.hashed))); got != want {
			t.Errorf("NewKey(%q, %q, %.10q): got %v, want %v", tt.provider, tt.tenant, tt.id, got, want)
		}
	}
}

// TestKeyParts moves the same bytes between the parts: a key made of the parts
// joined, or joined by any separator, would not tell these apart.
func TestKeyParts(t *testing.T) {
	seen := make(map[idempotency.Key][3]string)
	for _, parts := range [][3]string{
		{"ab", "c", "d"},
		{"a", "bc", "d"},
		{"a", "b", "cd"},
		{"abcd", "", ""},
		{"", "abcd", ""},
		{"", "", "abcd"},
		{"a:b", "c", "d"},
		{"a", "b:c", "d"},
		{"a\x00b", "c", "d"},
		{"a", "b\x00c", "d"},
		{"a", "b", "c\x00d"},
	} {
		key := idempotency.NewKey(parts[0], parts[1], parts[2])
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q share a key", parts, other)
		}
		seen[key] = parts
	}
}

func TestNewKeyAllocatesNothing(t *testing.T) {
	id := strings.Repeat("x", 255)
	if n := testing.AllocsPerRun(100, func() { idempotency.NewKey("linktree", "acme", id) }); n != 0 {
		t.Errorf("NewKey of an id of %d bytes: %v allocations, want 0", len(id), n)
	}
}

func FuzzNewKey(f *testing.F) {
	f.Add("linktree", "", "1", "linktree", "1", "")
	f.Add("a", "b", "c", "a", "b", "c")
	f.Fuzz(func(t *testing.T, p1, t1, id1, p2, t2, id2 string) {
		same := p1 == p2 && t1 == t2 && id1 == id2
		if (idempotency.NewKey(p1, t1, id1) == idempotency.NewKey(p2, t2, id2)) != same {
			t.Errorf("keys of %q and %q: equal is %v", []string{p1, t1, id1}, []string{p2, t2, id2}, !same)
		}
	})
}
