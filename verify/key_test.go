package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

// discord signs as Discord does: hex ed25519 of timestamp and body, with the
// public key in hex.
func discord(parse func(string) (verify.Key, error)) verify.Spec {
	return verify.Spec{
		Name:     "discord",
		Headers:  verify.Headers{Signature: "X-Signature-Ed25519", Timestamp: "X-Signature-Timestamp"},
		Signed:   "{timestamp}{body}",
		ParseKey: parse,
	}
}

func hexPublicKey(text string) (verify.Key, error) {
	b, err := verify.SecretHex.Decode(text)
	return verify.Key{Public: ed25519.PublicKey(b)}, err
}

func TestPublicKeyAlone(t *testing.T) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public := hex.EncodeToString(private.Public().(ed25519.PublicKey))
	other := hex.EncodeToString(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey))
	s, err := verify.New(discord(hexPublicKey), other, public)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return now }
	header := func(body string) http.Header {
		return http.Header{
			"X-Signature-Ed25519":   {hex.EncodeToString(ed25519.Sign(private, []byte(unix(now)+body)))},
			"X-Signature-Timestamp": {unix(now)},
		}
	}
	digests := map[[32]byte]bool{}
	for range 2 { // the second in the same place of memory
		for _, body := range []string{testBody, testBody + " "} {
			env, err := s.Verify(t.Context(), header(body), []byte(body))
			if err != nil || env.KeyID != "2" {
				t.Fatalf("KeyID %q, %v", env.KeyID, err)
			}
			digests[env.ContentDigest] = true
		}
	}
	if len(digests) != 2 || digests[[32]byte{}] {
		t.Errorf("two bodies have %d ContentDigests, or one is zero", len(digests))
	}
	refused(t, s, header(testBody), testBody+"x", "X-Signature-Ed25519", verify.ErrMismatch, false)
	if err := s.Sign(http.Header{}, verify.Envelope{}, nil); !errors.Is(err, verify.ErrNoSecret) {
		t.Errorf("Sign with public keys: %v", err)
	}
}

// A remote is a private key that another process holds.
type remote struct {
	ed25519.PrivateKey
	err error
}

func (r remote) Sign(random io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.PrivateKey.Sign(random, message, o)
}

func TestRemotePrivateKey(t *testing.T) {
	key := remote{PrivateKey: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	s, err := verify.New(discord(func(string) (verify.Key, error) { return verify.Key{Private: &key}, nil }), "x")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	if err := s.Sign(h, verify.Envelope{}, []byte(testBody)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil {
		t.Error(err)
	}
	key.err = errors.New("not today")
	h = http.Header{}
	if err := s.Sign(h, verify.Envelope{}, nil); !errors.Is(err, key.err) || len(h) > 0 {
		t.Errorf("Sign = %v, and set %v", err, h)
	}
}

func TestKeysRefused(t *testing.T) {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := private.Public()
	halves := append(bytes.Clone(private[:32]), make([]byte, 32)...)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	longer, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  verify.Key
		want string // in the error; empty: it is accepted
	}{
		"secret":                  {verify.Key{Secret: []byte("x")}, ""},
		"pair":                    {verify.Key{Public: public, Private: private}, ""},
		"private":                 {verify.Key{Private: private}, ""},
		"public":                  {verify.Key{Public: public}, ""},
		"nothing":                 {verify.Key{}, "empty"},
		"empty secret":            {verify.Key{Secret: []byte{}}, "empty"},
		"secret and public":       {verify.Key{Secret: []byte("x"), Public: public}, "both"},
		"short public":            {verify.Key{Public: ed25519.PublicKey("x")}, "32 bytes, not 1"},
		"short private":           {verify.Key{Private: private[:32]}, "64 bytes, not 32"},
		"halves of two":           {verify.Key{Private: ed25519.PrivateKey(halves)}, "second half"},
		"public of another":       {verify.Key{Public: ed25519.PublicKey(make([]byte, 32)), Private: private}, "not that of"},
		"ECDSA":                   {verify.Key{Public: ec.Public()}, ""},
		"ECDSA, private":          {verify.Key{Private: ec}, ""},
		"P-384":                   {verify.Key{Private: longer}, "P-256"},
		"P-384, public":           {verify.Key{Public: longer.Public()}, "P-256"},
		"nil ECDSA":               {verify.Key{Public: (*ecdsa.PublicKey)(nil)}, "P-256"},
		"public key of no type":   {verify.Key{Public: []byte("x")}, "ed25519"},
		"private of another kind": {verify.Key{Public: public, Private: ec}, "not that of"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := verify.New(discord(func(string) (verify.Key, error) { return c.key, nil }), "secret")
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || s != nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("New = %v, %v; want an error with %q", s, err, c.want)
			}
		})
	}
}

// Two kinds of keys need prefixes that tell their signatures apart.
func TestPrefixesOfTwoKinds(t *testing.T) {
	parse := func(text string) (verify.Key, error) {
		if text == "secret" {
			return verify.Key{Secret: []byte(text)}, nil
		}
		return hexPublicKey(text)
	}
	public := strings.Repeat("00", 32)
	for _, c := range []struct {
		prefix, public string
		keys           []string
		ok             bool
	}{
		{"a=", "b=", []string{"secret", public}, true},
		{"", "", []string{"secret"}, true},
		{"", "", []string{public}, true},
		{"", "", []string{"secret", public}, false},
		{"a=", "a=", []string{public, "secret"}, false},
		{"a", "a=", []string{"secret", public}, false},
		{"", "b=", []string{"secret", public}, false},
	} {
		spec := discord(parse)
		spec.Prefix, spec.PublicKeyPrefix = c.prefix, c.public
		if _, err := verify.New(spec, c.keys...); (err == nil) != c.ok {
			t.Errorf("prefixes %q and %q, %d keys: %v", c.prefix, c.public, len(c.keys), err)
		}
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	const secret = "do-not-print-this"
	key := verify.Key{Secret: []byte(secret)}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "pointer", &key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "pointer", &key)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+" "+verb+"\n", key, &key)
	}
	b64, err := json.Marshal([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprint([]byte(secret)), strings.Trim(string(b64), `"`)} {
		if strings.Contains(log.String(), form) {
			t.Errorf("printed: %s", log.String())
		}
	}
	if got := strings.Count(log.String(), "verify.Key"); got != 18 {
		t.Errorf("verify.Key is printed %d times, want 18: %s", got, log.String())
	}
}
