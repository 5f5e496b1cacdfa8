package inbox_test

import (
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/inbox"
)

func TestFaultIsTheSameForOneBug(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`link lnk_1: not found`, `link lnk_42: not found`, true},
		{`parse "a b": bad`, `parse "": bad`, true},
		{`user 4f2b8c1d-0000-4000-8000-123456789abc is gone`, `user 00000000-0000-4000-8000-000000000000 is gone`, true},
		{`dial tcp 10.0.0.1:5432: refused`, `dial tcp 10.0.0.2:41: refused`, true},
		{`digest deadbeefcafe`, `digest cafedeadbeef`, true},
		{`not found`, `not allowed`, false},
		{``, `x`, false},
	} {
		if got := inbox.Fault(c.a) == inbox.Fault(c.b); got != c.same {
			t.Errorf("faults %q and %q: the same is %v, want %v", inbox.Fault(c.a), inbox.Fault(c.b), got, c.same)
		}
	}
	if n := len(inbox.Fault(strings.Repeat("word ", 1000))); n > 200 {
		t.Errorf("a fault of %d bytes", n)
	}
}

func FuzzFault(f *testing.F) {
	f.Add(`link lnk_1: "x" 'y'`)
	f.Fuzz(func(t *testing.T, text string) {
		if fault := inbox.Fault(text); len(fault) > 200 {
			t.Errorf("%q has a fault of %d bytes", text, len(fault))
		}
	})
}
