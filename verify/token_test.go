package verify_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

func tokenScheme(t testing.TB, spec verify.Spec, secrets ...string) *verify.Scheme {
	t.Helper()
	spec.Name = "acme"
	s, err := verify.New(spec, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func basic(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }

func TestTokens(t *testing.T) {
	text := tokenScheme(t, verify.Spec{Headers: verify.Headers{Signature: "Token"}, Token: verify.TokenText}, "new", "old")
	key := tokenScheme(t, verify.Spec{Headers: verify.Headers{Signature: "Token"}, Token: verify.TokenText, Prefix: "Key "}, "new")
	auth := tokenScheme(t, verify.Spec{Headers: verify.Headers{Signature: "Token"}, Token: verify.TokenAuthorization}, "new", "ann:secret")
	for _, c := range []struct {
		name   string
		scheme *verify.Scheme
		value  string
		want   error // nil: genuine
		key    string
	}{
		{"text", text, "new", nil, "1"},
		{"older", text, "old", nil, "2"},
		{"wrong", text, "neW", verify.ErrMismatch, ""},
		{"longer", text, "new ", verify.ErrMismatch, ""},
		{"shorter", text, "ne", verify.ErrMismatch, ""},
		{"empty", text, "", verify.ErrMissing, ""},
		{"long", text, strings.Repeat("x", 1025), verify.ErrMalformed, ""},
		{"prefix", key, "Key new", nil, "1"},
		{"prefix alone", key, "Key ", verify.ErrMissing, ""},
		{"without prefix", key, "new", verify.ErrMalformed, ""},
		{"bearer", auth, "Bearer new", nil, "1"},
		{"bearer in lower case", auth, "bearer  new", nil, "1"},
		{"basic", auth, basic("ann:secret"), nil, "2"},
		{"basic in upper case", auth, "BASIC " + basic("ann:secret")[6:], nil, "2"},
		{"another user", auth, basic("eve:secret"), verify.ErrMismatch, ""},
		{"no password", auth, basic("ann:"), verify.ErrMismatch, ""},
		{"basic, no base64", auth, "Basic !", verify.ErrMalformed, ""},
		{"basic, newline", auth, "Basic bmV3\n", verify.ErrMalformed, ""},
		{"no scheme", auth, "new", verify.ErrMalformed, ""},
		{"scheme alone", auth, "Bearer ", verify.ErrMalformed, ""},
		{"digest", auth, "Digest new", verify.ErrMalformed, ""},
	} {
		h := http.Header{"Token": {c.value}}
		env, err := c.scheme.Verify(t.Context(), h, []byte("anything"))
		if !errors.Is(err, c.want) || env.KeyID != c.key || env.ContentDigest != [32]byte{} || !env.Time.IsZero() {
			t.Errorf("%s: %+v, %v; want %v", c.name, env, err, c.want)
		}
		var refused *verify.Error
		if err := c.scheme.CheckHeader(h); err != nil && (!errors.As(err, &refused) || errors.Is(err, verify.ErrMismatch)) || c.want == nil && err != nil {
			t.Errorf("%s: CheckHeader = %v", c.name, err)
		}
		e := c.scheme.Explain(h, []byte("anything"), nil)
		if e.Matched != (c.want == nil) || strings.Contains(e.String(), "new") && c.name == "text" {
			t.Errorf("%s: Explain: %v", c.name, e)
		}
	}
}

func TestTokenSpecs(t *testing.T) {
	ok := verify.Spec{Name: "acme", Headers: verify.Headers{Signature: "Token"}, Token: verify.TokenText}
	for name, spoil := range map[string]func(*verify.Spec){
		"unknown":     func(s *verify.Spec) { s.Token = 9 },
		"signed":      func(s *verify.Spec) { s.Signed = "{body}" },
		"time":        func(s *verify.Spec) { s.Headers.Timestamp = "Time" },
		"list":        func(s *verify.Spec) { s.Separator = "," },
		"encoding":    func(s *verify.Spec) { s.Encoding = verify.Base64 },
		"format":      func(s *verify.Spec) { s.SecretFormat = verify.SecretHex },
		"prefix":      func(s *verify.Spec) { s.Token, s.Prefix = verify.TokenAuthorization, "Bearer " },
		"query alone": func(s *verify.Spec) { s.Token, s.TokenQuery = 0, "token" },
		"no place":    func(s *verify.Spec) { s.Headers.Signature = "" },
	} {
		spec := ok
		spoil(&spec)
		if s, err := verify.New(spec, "token"); err == nil {
			t.Errorf("%s: New made %v", name, s)
		}
	}
	if _, err := verify.New(ok, "token"); err != nil {
		t.Error(err)
	}
}

// TestTokenAllocs: comparing a token costs no memory.
func TestTokenAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	s := tokenScheme(t, verify.Spec{Headers: verify.Headers{Signature: "Token"}, Token: verify.TokenAuthorization}, "ann:secret")
	h := http.Header{"Token": {basic("ann:secret")}}
	ctx := context.Background()
	if got := testing.AllocsPerRun(100, func() { _, _ = s.Verify(ctx, h, nil) }); got > 0 {
		t.Errorf("Verify allocates %v times", got)
	}
}

// FuzzToken: only the secret is a token.
func FuzzToken(f *testing.F) {
	f.Add("Bearer secret", "/?t=secret")
	f.Add(basic("secret"), "/?t=%73ecret&t=x")
	f.Add("", "http://a?t=secret")
	f.Fuzz(func(t *testing.T, value, target string) {
		s := tokenScheme(t, verify.Spec{Headers: verify.Headers{Signature: "Token"}, Token: verify.TokenAuthorization, TokenQuery: "t"}, "a secret that is not guessed")
		h := http.Header{}
		if value != "" {
			h.Set("Token", value)
		}
		_, err := s.VerifyRequest(t.Context(), verify.Request{Method: "POST", Target: target, Header: h}, nil)
		var e *verify.Error
		if err == nil || target != "" && !errors.As(err, &e) {
			t.Fatalf("%q, %q: %v", value, target, err)
		}
	})
}

func ExampleTokenFormat() {
	scheme, err := verify.New(verify.Spec{
		Name:     "acme",
		Headers:  verify.Headers{Signature: "Acme-Token"},
		Token:    verify.TokenText,
		DigestID: true, // Acme names no id
	}, "my token")
	if err != nil {
		fmt.Println(err)
		return
	}
	env, err := scheme.Verify(context.Background(), http.Header{"Acme-Token": {"my token"}}, []byte("Hello"))
	fmt.Println(env.ID[:20], err)
	_, err = scheme.Verify(context.Background(), http.Header{"Acme-Token": {"a guess"}}, []byte("Hello"))
	fmt.Println(err)
	// Output:
	// sha256:185f8db32271f <nil>
	// verify: acme: Acme-Token: does not match
}
