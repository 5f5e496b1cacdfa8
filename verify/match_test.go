package verify

import (
	"net/http"
	"testing"
)

// While secrets change, the one that is in use is tried first: otherwise each
// request would be hashed twice.
func TestMatchTriesLastFirst(t *testing.T) {
	spec := Spec{Name: "acme", Headers: Headers{Signature: "Acme-Signature"}}
	s, err := New(spec, "new", "old", "oldest")
	if err != nil {
		t.Fatal(err)
	}
	for i, secret := range []string{"new", "old", "oldest"} {
		signer, err := New(spec, secret)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		if err := signer.Sign(h, Envelope{}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Verify(t.Context(), h, nil); err != nil {
			t.Fatal(err)
		}
		if got := int(s.last.Load()); got != i {
			t.Errorf("after %q matched, %d is tried first", secret, got)
		}
	}
}
