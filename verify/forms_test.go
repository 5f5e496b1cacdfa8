package verify_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func mustScheme(t testing.TB, spec verify.Spec, secrets ...string) *verify.Scheme {
	t.Helper()
	spec.Name = "acme"
	s, err := verify.New(spec, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return now }
	return s
}

// idOf returns the id and the type that a genuine body has.
func idOf(t *testing.T, spec verify.Spec, body string) (id, typ string) {
	t.Helper()
	spec.Headers.Signature = "Sig"
	s := mustScheme(t, spec, "key")
	env, err := s.Verify(t.Context(), http.Header{"Sig": {hexMAC("key", body)}}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return env.ID, env.Type
}

func TestIDsInArrays(t *testing.T) {
	root := verify.Spec{IDMembers: []string{"[].id"}, TypeMembers: []string{"[].a.type"}}
	inner := verify.Spec{IDMembers: []string{"events[].id", "id"}, TypeMembers: []string{"events[].type"}}
	both := verify.Spec{IDMembers: []string{"source+id", "n"}}
	for _, c := range []struct {
		spec          verify.Spec
		body, id, typ string
	}{
		{root, `[{"id":7,"a":{"type":"x"}}]`, "7", "x"},
		{root, ` [ {"id":"e1","a":{"type":"x"}} ] `, "e1", "x"},
		{root, `[{"id":"e1","a":{"type":"x"}},{"id":"e2","a":{"type":"x"}}]`, "batch:", "x"},
		{root, `[{"id":"e1","a":{"type":"x"}},{"id":"e2","a":{"type":"y"}}]`, "batch:", ""},
		{root, `[{"id":"e1","a":{"type":"x"}},{"a":{"type":"x"}}]`, "", "x"},
		{root, `[{"id":"e1","id":"e2","a":{"type":"x"}}]`, "", ""},
		{root, `[]`, "", ""},
		{root, `[1]`, "", ""},
		{root, `[{"id":"e1"}`, "", ""},
		{root, `{"id":"e1"}`, "", ""},
		{inner, `{"events":[{"id":"e1","type":"x"}]}`, "e1", "x"},
		{inner, `{"events":[],"id":"b"}`, "b", ""},
		{inner, `{"events":{"id":"e1"},"id":"b"}`, "b", ""},
		{inner, `{"events":[{"id":"e1"}],"events":[]}`, "", ""},
		{inner, `[{"id":"e1"}]`, "", ""},
		{both, `{"source":"a","id":"b"}`, "a:b", ""},
		{both, `{"source":"a","id":5}`, "a:5", ""},
		{both, `{"source":"a","n":"c"}`, "c", ""},
		{both, `{"source":"","id":"b","n":"c"}`, "c", ""},
	} {
		id, typ := idOf(t, c.spec, c.body)
		if id != c.id && (c.id != "batch:" || !strings.HasPrefix(id, "batch:") || len(id) != 70) || typ != c.typ {
			t.Errorf("%s: id %q, type %q; want %q, %q", c.body, id, typ, c.id, c.typ)
		}
	}
	// The id of several: another for others, for another order, and for other
	// borders.
	seen := map[string]string{}
	for _, body := range []string{`[{"id":"a"},{"id":"b"}]`, `[{"id":"b"},{"id":"a"}]`, `[{"id":"ab"},{"id":"c"}]`, `[{"id":"a"},{"id":"bc"}]`, `[{"id":"a"},{"id":"b"},{"id":"c"}]`} {
		id, _ := idOf(t, root, body)
		if seen[id] != "" {
			t.Errorf("%s and %s have one id", seen[id], body)
		}
		seen[id] = body
	}
	one, _ := idOf(t, root, `[{"id":"a","n":1},{"id":"b"}]`)
	two, _ := idOf(t, root, `[{"n":2,"id":"a"},{"id":"b"}]`)
	if one != two {
		t.Error("equal ids make two ids of several")
	}
}

func TestMemberPathsRefused(t *testing.T) {
	for _, path := range []string{"", "[]", "a[]", "a[].", "a.b[].c", "[][].a", "a[][].b", "a+", "+a", "a++b", "a..b", "a+A"} {
		_, err := verify.New(verify.Spec{Name: "acme", Headers: verify.Headers{Signature: "Sig"}, IDMembers: []string{path}}, "key")
		if err == nil {
			t.Errorf("%q was accepted", path)
		}
	}
}

func TestDigestID(t *testing.T) {
	spec := verify.Spec{DigestID: true, IDMembers: []string{"id"}}
	if id, _ := idOf(t, spec, `{"id":"x"}`); id != "x" {
		t.Errorf("id %q", id)
	}
	one, _ := idOf(t, spec, `{}`)
	two, _ := idOf(t, spec, `{} `)
	if one == two || one != "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" {
		t.Errorf("ids %q, %q", one, two)
	}
	// With an id in a header, an attacker could take it away: the replay guard
	// is needed as before.
	for header, guarded := range map[string]bool{"Id": true, "": false} {
		s := mustScheme(t, verify.Spec{
			Headers: verify.Headers{Signature: "Sig", Timestamp: "Time", ID: header}, Signed: "{timestamp}{body}", DigestID: true,
		}, "key")
		h := http.Header{"Sig": {hexMAC("key", unix(now)+"{}")}, "Time": {unix(now)}}
		env, err := s.Verify(t.Context(), h, []byte("{}"))
		if err != nil || env.ID != one || (env.ContentDigest != [32]byte{}) != guarded {
			t.Errorf("%q: %+v, %v", header, env, err)
		}
	}
}

func TestRFC3339(t *testing.T) {
	s := mustScheme(t, verify.Spec{
		Headers: verify.Headers{Signature: "Sig", Timestamp: "Time", ID: "Id"}, Signed: "{id}{timestamp}{body}", TimestampLayout: time.RFC3339,
	}, "key")
	for text, want := range map[string]error{
		"2023-11-14T22:13:20Z":                 nil,
		"2023-11-14T22:13:20.123456789Z":       nil,
		"2023-11-14T23:13:20.5+01:00":          nil,
		"2023-11-14T22:18:20Z":                 nil,
		"2023-11-14T22:18:21Z":                 verify.ErrExpired,
		"2023-11-14T22:08:19Z":                 verify.ErrExpired,
		"9999-12-31T23:59:59Z":                 verify.ErrExpired,
		"1969-12-31T23:59:59Z":                 verify.ErrMalformed,
		"2023-11-14 22:13:20Z":                 verify.ErrMalformed,
		"2023-11-14T22:13:20":                  verify.ErrMalformed,
		"2023-11-14T2:13:20.0Z":                verify.ErrMalformed,
		"1700000000":                           verify.ErrMalformed,
		"":                                     verify.ErrMissing,
		"2023-11-14T22:13:20.1234567890+00:00": verify.ErrMalformed,
		"2023-11-14T22:13:20Z ":                verify.ErrMalformed,
	} {
		h := http.Header{"Sig": {hexMAC("key", "id"+text+"body")}, "Time": {text}, "Id": {"id"}}
		if env, err := s.Verify(t.Context(), h, []byte("body")); !errors.Is(err, want) || err == nil && env.ContentDigest != [32]byte{} {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	// The signed string has one reading: this one would be another.
	body := `{"at":"2023-11-14T22:13:20Z","x":1}`
	signed := "id2023-11-14T22:13:20Z" + body
	h := http.Header{"Sig": {hexMAC("key", signed)}, "Time": {"2023-11-14T22:13:20Z"}, "Id": {`id2023-11-14T22:13:20Z{"at":"`}}
	if env, err := s.Verify(t.Context(), h, []byte(`","x":1}`)); !errors.Is(err, verify.ErrMalformed) {
		t.Errorf("a second reading was accepted: %+v, %v", env, err)
	}
}

func TestTimestampMember(t *testing.T) {
	spec := verify.Spec{Headers: verify.Headers{Signature: "Sig", ID: "Id"}, TimestampMember: "at", TimestampUnit: time.Millisecond}
	s := mustScheme(t, spec, "key")
	for body, want := range map[string]error{
		`{"at":1700000000000}`:   nil,
		`{"at":"1700000000000"}`: nil,
		`{"at":1699999700000}`:   nil,
		`{"at":1699999699999}`:   verify.ErrExpired,
		`{"at":1700000300001}`:   verify.ErrExpired,
		`{"at":1.7e12}`:          verify.ErrMalformed,
		`{}`:                     verify.ErrMalformed,
		`not JSON`:               verify.ErrMalformed,
		`{"at":1,"at":1}`:        verify.ErrMalformed,
	} {
		h := http.Header{"Sig": {hexMAC("key", body)}, "Id": {"1"}}
		env, err := s.Verify(t.Context(), h, []byte(body))
		if !errors.Is(err, want) || err == nil && (env.Time.IsZero() || env.Tolerance == 0 || env.ContentDigest == [32]byte{}) {
			t.Errorf("%s: %+v, %v; want %v", body, env, err, want)
		}
		h.Set("Sig", hexMAC("guess", body))
		if _, err := s.Verify(t.Context(), h, []byte(body)); !errors.Is(err, verify.ErrMismatch) {
			t.Errorf("%s: %v before the signature has matched", body, err)
		}
	}
	h := http.Header{"Sig": {hexMAC("key", `{"at":1699996400000}`)}}
	if e := s.Explain(h, []byte(`{"at":1699996400000}`), nil); !e.Has(verify.MistakeClock) || e.Skew != time.Hour || !e.Matched {
		t.Errorf("Explain: %v, %v", e, e.Skew)
	}
}

func TestListPrefix(t *testing.T) {
	s := mustScheme(t, verify.Spec{Headers: verify.Headers{Signature: "Sig"}, ListPrefix: "v0=", Separator: ","}, "key")
	good, bad := hexMAC("key", "body"), hexMAC("guess", "body")
	for _, c := range []struct {
		lines []string
		want  error
	}{
		{[]string{"v0=" + good}, nil},
		{[]string{"v0=" + bad + "," + good}, nil},
		{[]string{"v0=" + good + ", " + bad}, nil},
		{[]string{"v0=" + bad, good}, nil}, // cut at the comma by a gateway
		{[]string{good}, verify.ErrMalformed},
		{[]string{"v1=" + good}, verify.ErrMalformed},
		{[]string{"v0=v0=" + good}, verify.ErrMalformed},
		{[]string{"v0="}, verify.ErrMissing},
		{[]string{""}, verify.ErrMissing},
		{nil, verify.ErrMissing},
		{[]string{"v0=" + bad}, verify.ErrMismatch},
		{[]string{"v0=" + strings.Repeat(bad+",", 16) + good}, verify.ErrMalformed},
	} {
		if _, err := s.Verify(t.Context(), http.Header{"Sig": c.lines}, []byte("body")); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.lines, err, c.want)
		}
	}
}

// TestECDSA: signatures of a varying length, as crypto/ecdsa makes them, and
// nothing else.
func TestECDSA(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []verify.Encoding{verify.Hex, verify.Base64, verify.Base64URL} {
		s := mustScheme(t, verify.Spec{
			Headers: verify.Headers{Signature: "Sig", Timestamp: "Time"}, Signed: "{timestamp}{body}", Encoding: encoding,
			ParseKey: func(string) (verify.Key, error) { return verify.Key{Private: private}, nil },
		}, "key")
		digests := map[[32]byte]bool{}
		for range 100 {
			h, body := http.Header{}, []byte("body")
			if err := s.Sign(h, verify.Envelope{Time: now}, body); err != nil {
				t.Fatal(err)
			}
			env, err := s.Verify(t.Context(), h, body)
			if err != nil {
				t.Fatal(err)
			}
			digests[env.ContentDigest] = true
			for _, other := range [][]byte{nil, []byte("bodY"), []byte("0body")} {
				if _, err := s.Verify(t.Context(), h, other); !errors.Is(err, verify.ErrMismatch) {
					t.Errorf("%q: %v", other, err)
				}
			}
		}
		if len(digests) != 1 {
			t.Errorf("%d signatures of one content have %d digests, want 1", 100, len(digests))
		}
		for _, sig := range []string{"AA==", "00", strings.Repeat("A", 100), strings.Repeat("0", 144), "MAYCAQACAQA=", "!"} {
			h := http.Header{"Sig": {sig}, "Time": {unix(now)}}
			if env, err := s.Verify(t.Context(), h, []byte("body")); err == nil {
				t.Errorf("%q: %v", sig, env)
			}
		}
	}
	// Explain knows them, too.
	s := mustScheme(t, verify.Spec{
		Headers: verify.Headers{Signature: "Sig"}, Encoding: verify.Base64,
		ParseKey: func(string) (verify.Key, error) { return verify.Key{Public: private.Public()}, nil },
	}, "key")
	sum := sha256.Sum256([]byte("body\n"))
	sig, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{"Sig": {base64.StdEncoding.EncodeToString(sig)}}
	if e := s.Explain(h, []byte("body"), nil); !e.Matched || !e.Has(verify.MistakeBodyEnd) {
		t.Errorf("Explain: %v", e)
	}
}

// TestSpecsRefused: settings that contradict each other, or prove nothing.
func TestSpecsRefused(t *testing.T) {
	for name, spec := range map[string]verify.Spec{
		"URL missing":          {Signed: "{url}{body}"},
		"URL for nothing":      {PublicURL: "https://a.example"},
		"URL without scheme":   {Signed: "{url}{body}", PublicURL: "a.example/x"},
		"URL of another kind":  {Signed: "{url}{body}", PublicURL: "ftp://a.example"},
		"URL with a query":     {Signed: "{url}{body}", PublicURL: "https://a.example/?x"},
		"URL with a fragment":  {Signed: "{url}{body}", PublicURL: "https://a.example/#x"},
		"URL with a user":      {Signed: "{url}{body}", PublicURL: "https://u@a.example"},
		"URL without a host":   {Signed: "{url}{body}", PublicURL: "https:///x"},
		"layout":               {Headers: verify.Headers{Timestamp: "T"}, Signed: "{timestamp}{body}", TimestampLayout: time.Kitchen},
		"layout and unit":      {Headers: verify.Headers{Timestamp: "T"}, Signed: "{timestamp}{body}", TimestampLayout: time.RFC3339, TimestampUnit: time.Second},
		"id next to digits":    {Headers: verify.Headers{Timestamp: "T", ID: "I"}, Signed: "{id}{timestamp}{body}"},
		"id after the body":    {Headers: verify.Headers{Timestamp: "T", ID: "I"}, Signed: "{body}.{id}{timestamp}", TimestampLayout: time.RFC3339},
		"two times":            {Headers: verify.Headers{Timestamp: "T"}, Signed: "{timestamp}{body}", TimestampMember: "at"},
		"extra with separator": {ExtraSignatures: []string{"Sig-2"}, Separator: ","},
		"extra, no name":       {ExtraSignatures: []string{"Sig 2"}},
		"list without one":     {ListPrefix: "v0="},
		"list and prefix":      {ListPrefix: "v0=", Separator: ",", Prefix: "x"},
	} {
		spec.Name, spec.Headers.Signature = "acme", "Sig"
		if s, err := verify.New(spec, "key"); err == nil {
			t.Errorf("%s: New made %v", name, s)
		}
	}
}
