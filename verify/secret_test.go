package verify_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

func TestNoSecret(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		for name, secrets := range map[string][]string{
			"none":        nil,
			"empty":       {""},
			"blank":       {" \t\r\n"},
			"empty first": {"", p.new},
			"empty last":  {p.new, ""},
		} {
			if s, err := p.make(secrets...); s != nil || !errors.Is(err, verify.ErrNoSecret) {
				t.Errorf("%s: %v, %v", name, s, err)
			}
		}
		for _, secret := range []string{p.new + "\n", p.new + "\r\n", " " + p.new, p.new + "\u00a0"} {
			s, err := p.make(p.old, secret)
			if s != nil || err == nil || !strings.Contains(err.Error(), "secret 2") || strings.Contains(err.Error(), p.new) {
				t.Errorf("%q: %v, %v", secret, s, err)
			}
		}
	})
}

func TestNewJoinsErrors(t *testing.T) {
	_, err := verify.New(verify.Spec{
		Name:          "no good",
		Headers:       verify.Headers{Timestamp: "X-Time", ID: "X Id"},
		Signed:        "{time}",
		TimestampUnit: 60e9,
		Encoding:      9,
		Hash:          1,
		SecretFormat:  verify.SecretHex,
	}, "xyzzy-is-not-hex", "", " padded")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"Name:", "no Signature", "Signed:", "TimestampUnit:", "Encoding:", "Hash:", `"X Id"`,
		"secret 1: not hexadecimal", "secret 2: it is empty", "secret 3: it begins or ends",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in the error:\n%v", want, err)
		}
	}
	if !errors.Is(err, verify.ErrNoSecret) {
		t.Error("the error does not wrap ErrNoSecret")
	}
	for _, secret := range []string{"xyzzy", "padded"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error quotes a secret:\n%v", err)
		}
	}
}

func TestRotation(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new, p.old)
		check := func(secret, keyID string) {
			t.Helper()
			env, err := s.Verify(t.Context(), p.header(secret, now), []byte(testBody))
			if err != nil || env.KeyID != keyID {
				t.Errorf("KeyID %q, %v; want %q", env.KeyID, err, keyID)
			}
		}
		for range 3 {
			check(p.old, "2")
			check(p.old, "2")
			check(p.new, "1")
		}
		s = p.scheme(t, p.new)
		refused(t, s, p.header(p.old, now), testBody, p.signature, verify.ErrMismatch, false)
	})
}

// Characters that can't be seen got into a secret by accident: no signature
// would ever match.
func TestInvisibleCharacters(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		for name, secret := range map[string]string{
			"byte order mark":        "\ufeff" + p.new,
			"zero-width space":       p.new + "\u200b",
			"zero-width, inside":     p.new[:7] + "\u200b" + p.new[7:],
			"word joiner":            p.new + "\u2060",
			"soft hyphen":            p.new[:7] + "\u00ad" + p.new[7:],
			"right-to-left mark":     "\u200f" + p.new,
			"no-break space, inside": p.new[:7] + "\u00a0" + p.new[7:],
			"variation selector":     p.new + "\ufe0f",
			"Hangul filler":          p.new + "\u3164",
			"line separator":         p.new[:7] + "\u2028" + p.new[7:],
			"NUL":                    p.new + "\x00",
			"newline, inside":        p.new[:7] + "\n" + p.new[7:],
			"tab, inside":            p.new[:7] + "\t" + p.new[7:],
			"UTF-16, little-endian":  "\xff\xfe" + utf16le(p.new),
			"UTF-16, no mark":        utf16le(p.new),
			"binary":                 "\x80" + p.new,
		} {
			s, err := p.make(p.old, secret)
			if s != nil || err == nil || !strings.Contains(err.Error(), "secret 2") || strings.Contains(err.Error(), p.new[:7]) {
				t.Errorf("%s: %v, %v", name, s, err)
			}
		}
		for _, blank := range []string{"\ufeff", "\u200b\u200b", " \ufeff\n"} {
			if _, err := p.make(blank); !errors.Is(err, verify.ErrNoSecret) {
				t.Errorf("%q: %v, want ErrNoSecret", blank, err)
			}
		}
	})
	for _, fine := range []string{"It's a Secret to Everybody", "пароль", "🔑", "p@ss w/ spaces & signs"} {
		if _, err := verify.New(verify.Spec{Name: "acme", Headers: verify.Headers{Signature: "Sig"}}, fine); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
	_, err := verify.New(verify.Spec{Name: "acme", Headers: verify.Headers{Signature: "Sig"}}, "abc\ufeff")
	if want := "secret 1: its character 4 is U+FEFF (a byte order mark), which can't be seen"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q in it", err, want)
	}
}

func utf16le(ascii string) string {
	var b strings.Builder
	for i := range len(ascii) {
		b.WriteByte(ascii[i])
		b.WriteByte(0)
	}
	return b.String()
}

func TestSecretFormatDecode(t *testing.T) {
	for _, c := range []struct {
		format verify.SecretFormat
		text   string
		want   string
		ok     bool
	}{
		{verify.SecretText, "a b", "a b", true},
		{verify.SecretBase64, "YWI=", "ab", true},
		{verify.SecretBase64, "YWI", "ab", true},
		{verify.SecretBase64, "YWJj", "abc", true},
		{verify.SecretBase64, "YWI==", "", false},
		{verify.SecretBase64, "YQ=", "", false},
		{verify.SecretBase64, "YW\nI", "", false},
		{verify.SecretBase64, "YWI\n", "", false},
		{verify.SecretBase64, "=", "", false},
		{verify.SecretBase64, "Y", "", false},
		{verify.SecretHex, "6162", "ab", true},
		{verify.SecretHex, "616", "", false},
		{verify.SecretFormat(9), "6162", "", false},
	} {
		got, err := c.format.Decode(c.text)
		if string(got) != c.want || (err == nil) != c.ok {
			t.Errorf("format %d: Decode(%q) = %q, %v", c.format, c.text, got, err)
		}
		if err != nil && strings.Contains(err.Error(), c.text) {
			t.Errorf("the error quotes the text: %v", err)
		}
	}
}
