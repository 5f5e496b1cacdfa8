package verify_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func TestContentDigest(t *testing.T) {
	p := presetNamed("linktree")
	s := p.scheme(t, p.new, p.old)
	digest := func(h http.Header, body string) [32]byte {
		t.Helper()
		env, err := s.Verify(t.Context(), h, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return env.ContentDigest
	}
	h := p.header(p.new, now)
	first := digest(h, testBody)
	if first == mac32(h.Get(p.signature)) {
		t.Error("the ContentDigest is the signature")
	}
	h.Set(p.id, "another")
	if digest(h, testBody) != first {
		t.Error("a replay under another id has another ContentDigest")
	}
	h.Del(p.id)
	if digest(h, testBody) != first {
		t.Error("a replay without an id has another ContentDigest")
	}
	if digest(p.header(p.new, now.Add(time.Second)), testBody) == first {
		t.Error("another timestamp has the same ContentDigest")
	}
	other := http.Header{}
	p.sign(other, p.new, "id-1", now, testBody+" ")
	if digest(other, testBody+" ") == first {
		t.Error("another body has the same ContentDigest")
	}

	spec := verify.Spec{Name: "linktree2", Headers: verify.Headers{Signature: p.signature, Timestamp: p.timestamp, ID: p.id}, Signed: "{timestamp}.{body}"}
	s, err := verify.New(spec, p.new)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return now }
	if digest(p.header(p.new, now), testBody) == first {
		t.Error("another provider has the same ContentDigest")
	}
}

func mac32(text string) (sum [32]byte) {
	copy(sum[:], unhex(text))
	return sum
}

// Of a request with two signatures either can be taken away: the ContentDigest must not
// hang on which of them matched.
func TestContentDigestOfList(t *testing.T) {
	spec := verify.Spec{
		Name:      "acme",
		Headers:   verify.Headers{Signature: "Sig", Timestamp: "Time", ID: "Id"},
		Signed:    "{timestamp}.{body}",
		Separator: ",",
	}
	a := hexMAC("a", unix(now)+"."+testBody)
	b := hexMAC("b", unix(now)+"."+testBody)
	digests := map[[32]byte]bool{}
	for _, sig := range []string{a + "," + b, a, b, b + "," + a} {
		s, err := verify.New(spec, "b", "a")
		if err != nil {
			t.Fatal(err)
		}
		s.Now = func() time.Time { return now }
		env, err := s.Verify(t.Context(), http.Header{"Sig": {sig}, "Time": {unix(now)}, "Id": {"x"}}, []byte(testBody))
		if err != nil {
			t.Fatal(err)
		}
		digests[env.ContentDigest] = true
	}
	if len(digests) != 1 || digests[[32]byte{}] {
		t.Errorf("%d different ContentDigests: %v", len(digests), digests)
	}
}
