package verify_test

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/sha1" // for crypto.SHA1.New
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

// acme is a Spec that is good in itself, to be spoilt.
func acme() verify.Spec {
	return verify.Spec{
		Name:    "acme",
		Headers: verify.Headers{Signature: "Acme-Signature", Timestamp: "acme-timestamp", ID: "ACME-ID", Type: "Acme-Type"},
		Signed:  "{timestamp}.{body}",
	}
}

func TestNewRefuses(t *testing.T) {
	for name, spoil := range map[string]func(s *verify.Spec){
		"no name":                    func(s *verify.Spec) { s.Name = "" },
		"name with a space":          func(s *verify.Spec) { s.Name = "a b" },
		"name too long":              func(s *verify.Spec) { s.Name = strings.Repeat("a", 65) },
		"no signature header":        func(s *verify.Spec) { s.Headers.Signature = "" },
		"bad header":                 func(s *verify.Spec) { s.Headers.ID = "a:b" },
		"header twice":               func(s *verify.Spec) { s.Headers.ID = "acme-type" },
		"alias of another kind":      func(s *verify.Spec) { s.Aliases = []verify.Headers{{Signature: "B"}} },
		"no body":                    func(s *verify.Spec) { s.Signed = "{timestamp}" },
		"body twice":                 func(s *verify.Spec) { s.Signed = "{timestamp}{body}{body}" },
		"unknown placeholder":        func(s *verify.Spec) { s.Signed = "{timestamp}.{payload}{body}" },
		"open brace":                 func(s *verify.Spec) { s.Signed = "{timestamp}.{body}{" },
		"closing brace":              func(s *verify.Spec) { s.Signed = "{timestamp}.{body}}" },
		"id next to body":            func(s *verify.Spec) { s.Signed = "{timestamp}.{id}{body}" },
		"id next to timestamp":       func(s *verify.Spec) { s.Signed = "{timestamp}{id}.{body}" },
		"id without a header":        func(s *verify.Spec) { s.Signed = "{id}.{timestamp}.{body}"; s.Headers.ID = "" },
		"timestamp without a header": func(s *verify.Spec) { s.Headers.Timestamp = "" },
		"timestamp unsigned":         func(s *verify.Spec) { s.Signed = "{body}" },
		"timestamp in two places":    func(s *verify.Spec) { s.TimestampPrefix, s.Separator, s.Prefix = "t=", ",", "v1=" },
		"list without a separator":   func(s *verify.Spec) { s.Headers.Timestamp, s.TimestampPrefix, s.Prefix = "", "t=", "v1=" },
		"prefixes alike": func(s *verify.Spec) {
			s.Headers.Timestamp, s.TimestampPrefix, s.Prefix, s.Separator = "", "t", "t1=", ","
		},
		"prefix needed":          func(s *verify.Spec) { s.Headers.Timestamp, s.TimestampPrefix, s.Separator = "", "t=", "," },
		"separator in signature": func(s *verify.Spec) { s.Separator = "=" },
		"separator in prefix":    func(s *verify.Spec) { s.Separator, s.Prefix = ",", "v1," },
		"space before a prefix":  func(s *verify.Spec) { s.Separator, s.Prefix = ",", " v1=" },
		"public key's prefix":    func(s *verify.Spec) { s.Separator, s.PublicKeyPrefix = ",", "v1a," },
		"public key's and time's": func(s *verify.Spec) {
			s.Headers.Timestamp, s.TimestampPrefix, s.Prefix, s.Separator, s.PublicKeyPrefix = "", "t=", "v1=", ",", "t"
		},
		"two ways to read secrets": func(s *verify.Spec) { s.SecretFormat, s.ParseKey = verify.SecretHex, hexPublicKey },
		"a prefix of secrets":      func(s *verify.Spec) { s.SecretPrefix, s.ParseKey = "whsec_", hexPublicKey },
		"hash":                     func(s *verify.Spec) { s.Hash = crypto.MD5 },
		"encoding":                 func(s *verify.Spec) { s.Encoding = 3 },
		"secret format":            func(s *verify.Spec) { s.SecretFormat = 3 },
		"unit":                     func(s *verify.Spec) { s.TimestampUnit = time.Minute },
		"id twice":                 func(s *verify.Spec) { s.IDMembers = []string{"id"} },
		"type twice":               func(s *verify.Spec) { s.TypeMembers = []string{"type"} },
		"member path":              func(s *verify.Spec) { s.Headers.Type = ""; s.TypeMembers = []string{"a..b"} },
		"member case":              func(s *verify.Spec) { s.Headers.Type = ""; s.TypeMembers = []string{"a", "A.b"} },
	} {
		t.Run(name, func(t *testing.T) {
			spec, secret := acme(), "00"
			if _, err := verify.New(spec, "s"); err != nil {
				t.Fatal(err)
			}
			spoil(&spec)
			if spec.ParseKey != nil {
				secret = strings.Repeat("00", 32)
			}
			if s, err := verify.New(spec, secret); err == nil || s != nil {
				t.Errorf("New = %v, %v; want an error", s, err)
			}
		})
	}
}

// All the ways to write a signature, against the standard library's HMAC.
func TestSpecVariants(t *testing.T) {
	encode := map[verify.Encoding]func([]byte) string{
		verify.Hex:       hex.EncodeToString,
		verify.Base64:    base64.StdEncoding.EncodeToString,
		verify.Base64URL: base64.RawURLEncoding.EncodeToString,
	}
	units := map[time.Duration]string{
		time.Second: "1700000000", time.Millisecond: "1700000000000", time.Microsecond: "1700000000000000",
		time.Nanosecond: "1700000000000000000",
	}
	for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		for encoding, text := range encode {
			for unit, timestamp := range units {
				spec := acme()
				spec.Hash, spec.Encoding, spec.TimestampUnit = hash, encoding, unit
				spec.Signed, spec.Prefix = "a/{body}/b/{timestamp}/c/{id}", "sig:"
				spec.SecretFormat, spec.SecretPrefix = verify.SecretHex, "key-"
				s, err := verify.New(spec, "key-00ff")
				if err != nil {
					t.Fatal(err)
				}
				s.Now = func() time.Time { return now.Add(time.Minute) }
				m := hmac.New(hash.New, []byte{0, 0xff})
				m.Write([]byte("a/" + testBody + "/b/" + timestamp + "/c/id-1"))
				want := http.Header{
					"Acme-Signature": {"sig:" + text(m.Sum(nil))},
					"Acme-Timestamp": {timestamp},
					"Acme-Id":        {"id-1"},
					"Acme-Type":      {"some.type"},
				}
				env, err := s.Verify(t.Context(), want, []byte(testBody))
				if err != nil {
					t.Fatalf("%v %v %v: %v", hash, encoding, unit, err)
				}
				if !env.Time.Equal(now) || env.ID != "id-1" || env.Type != "some.type" || env.ContentDigest != [32]byte{} {
					t.Errorf("%+v", env)
				}
				got := http.Header{}
				if err := s.Sign(got, verify.Envelope{ID: "id-1", Type: "some.type", Time: now}, []byte(testBody)); err != nil {
					t.Fatal(err)
				}
				for name := range want {
					if got.Get(name) != want.Get(name) {
						t.Errorf("Sign: %s = %q, want %q", name, got.Get(name), want.Get(name))
					}
				}
			}
		}
	}
}

func TestBase64URLPadding(t *testing.T) {
	spec := verify.Spec{Name: "acme", Headers: verify.Headers{Signature: "Sig"}, Encoding: verify.Base64URL}
	s, err := verify.New(spec, "s")
	if err != nil {
		t.Fatal(err)
	}
	sum := mac([]byte("s"), testBody)
	for text, want := range map[string]bool{
		base64.RawURLEncoding.EncodeToString(sum):        true,
		base64.URLEncoding.EncodeToString(sum):           true,
		base64.URLEncoding.EncodeToString(sum) + "=":     false,
		base64.RawURLEncoding.EncodeToString(sum) + "A":  false,
		base64.RawURLEncoding.EncodeToString(sum[:31]):   false,
		base64.RawURLEncoding.EncodeToString(sum) + "\n": false,
	} {
		_, err := s.Verify(t.Context(), http.Header{"Sig": {text}}, []byte(testBody))
		if (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A signed id must not be able to reach into the body.
func TestSignedIDStop(t *testing.T) {
	p := presetNamed("standard-webhooks")
	s := p.scheme(t, p.new)
	body := `{"note":"x.` + unix(now.Add(time.Minute)) + `.{"type":"forged"}"}`
	h := http.Header{}
	p.sign(h, p.new, "id-1", now, body)
	if _, err := s.Verify(t.Context(), h, []byte(body)); err != nil {
		t.Fatal(err)
	}
	// The same signed string, cut elsewhere.
	h.Set(p.id, "id-1."+unix(now)+`.{"note":"x`)
	h.Set(p.timestamp, unix(now.Add(time.Minute)))
	refused(t, s, h, `{"type":"forged"}"}`, p.id, verify.ErrMalformed, true)

	spec := acme()
	spec.Signed = "{timestamp}.{body}#{id}"
	after, err := verify.New(spec, "s")
	if err != nil {
		t.Fatal(err)
	}
	after.Now = s.Now
	h = http.Header{"Acme-Signature": {hexMAC("s", unix(now)+".body#more#id")}, "Acme-Timestamp": {unix(now)}, "Acme-Id": {"id"}}
	if _, err := after.Verify(t.Context(), h, []byte("body#more")); err != nil {
		t.Fatal(err)
	}
	h.Set("Acme-Id", "more#id")
	refused(t, after, h, "body", "Acme-Id", verify.ErrMalformed, true)
}
