package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hooklatch/hooklatch/redact"
)

// seeds are texts with something to mask, and the part that must not survive.
var seeds = []struct{ text, secret string }{
	{"grace.hopper@navy.example.mil", "hopper"},
	{"grace.hopper%40navy.example.mil", "hopper"},
	{"203.0.113.77", "113.77"},
	{"203.0.113.77:8443", "113.77"},
	{"2001:db8:aa:bb:cc:dd:ee:ff", "cc:dd:ee"},
	{"2001:db8:aa:bb::4242:cafe", "4242:cafe"},
	{"::ffff:203.0.113.77", "113.77"},
	{"[fe80::dead:beef%eth7]:443", "dead:beef"},
	{"grace.hopper\uff20navy.example.mil", "hopper"},
	{"4111 1111 1111 1111", "1111 1111 1111"},
	{"+49 30 901820-77", "901820"},
	{"--api-key zQ7x9", "zQ7x9"},
	{"Bearer zQ7-x_9.y~1", "zQ7-x_9"},
	{"Authorization: Token zQ7x9 k3", "zQ7x9"},
	{`"client_secret": "zQ7 x9\"y"`, "zQ7"},
	{"api_key=zQ7x9", "zQ7x9"},
	{"https://shop.example/a?who=zQ7x9&b=1", "zQ7x9"},
	{"/callback?code=zQ7x9", "zQ7x9"},
	{"redis://user:zQ7x9@cache.example:6379/0", "zQ7x9"},
	{"whsec_MfKQ9r8GKYqrTwjUPD8", "MfKQ9r"},
}

// between stands between a seed and what is around it, where more letters,
// digits, dots and colons would make it another text.
var between = []string{" ", "\n", "\t", `"`, "<", "`", "\x00", ", ", " (", "\u00a0 ", ">"}

type deep struct {
	A  string
	P  *deep          `json:"p,omitempty"`
	M  map[string]any `json:",omitempty"`
	S  []string
	b  string
	By json.RawMessage
}

// sealed holds what is exported in what is not.
type sealed struct {
	ID int
	d  deep
	s  []deep
	m  map[string]deep
	i  any
	p  *deep
	q  url.Values
}

type says string

func (s says) String() string { return string(s) }

// FuzzHandler: whatever is around a secret, and however it gets there, it isn't
// in a log, which stays a log.
func FuzzHandler(f *testing.F) {
	for i := range seeds {
		f.Add("before", "after", "key", uint8(i), uint8(i), uint8(i))
	}
	f.Add("token=", "[redacted]", "a", uint8(2), uint8(0), uint8(0))
	f.Add(`{"a":"`, `"}`, "1.2.3", uint8(0), uint8(3), uint8(2))
	f.Add("bearer token", "::", ":", uint8(8), uint8(0), uint8(1))
	f.Add("?[", "]", "@", uint8(10), uint8(7), uint8(3))
	f.Fuzz(func(t *testing.T, before, after, key string, seed, left, right uint8) {
		s := seeds[int(seed)%len(seeds)]
		if strings.Contains(before+after+key, s.secret) || !utf8.ValidString(before+after+key) {
			t.Skip()
		}
		text := before + between[int(left)%len(between)] + s.text + between[int(right)%len(between)] + after
		masked := redact.String(text)
		if strings.Contains(masked, s.secret) {
			t.Fatalf("String(%q) = %q", text, masked)
		}
		settles(t, masked)
		raw, err := json.Marshal(map[string]any{key: []any{text}})
		if err != nil {
			t.Fatal(err)
		}
		inner := &deep{A: "a", b: text, By: raw}
		values := []any{
			text, errors.New(text), fmt.Errorf("w: %w", errors.Join(errors.New("a"), errors.New(text))), says(text), raw, json.RawMessage(raw),
			deep{S: []string{text}},
			&deep{P: inner},
			sealed{d: *inner, s: []deep{{}, *inner}, m: map[string]deep{"a": {}, key: *inner}, i: *inner, p: inner, q: url.Values{key: {text}}},
			map[string]any{"a": sealed{i: &text}, key: sealed{d: deep{A: text}}},
			url.Values{key: {text}},
			map[string]any{key: inner, text: 1},
			[]any{1, map[string]string{key: text}},
			slog.GroupValue(slog.String(key, text), slog.Any("v", deep{A: text})),
			lazy{slog.AnyValue(says(text))},
			&text,
			[2]string{"", text},
		}
		var out bytes.Buffer
		for _, next := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
			log := slog.New(redact.NewHandler(next, nil))
			log.With(key, text).WithGroup(key).Info(text, key, text, text, 1)
			for _, v := range values {
				out.Reset()
				log.Info("m", key, v, "b", slog.GroupValue(slog.Any("c", v)))
				if bytes.Contains(out.Bytes(), []byte(s.secret)) {
					t.Fatalf("%q within %T is logged as %s", text, v, out.Bytes())
				}
			}
		}
	})
}

// FuzzString: it never panics, and what is masked stays so.
func FuzzString(f *testing.F) {
	for _, s := range harmless {
		f.Add(s)
	}
	for _, s := range seeds {
		f.Add(s.text)
	}
	f.Add("a@b.co@c.de")
	f.Add("token=a=b@c.de?d=e&f=g")
	f.Add("2001:db8::1:2:3:4:5:6:7:8::")
	f.Fuzz(func(t *testing.T, s string) {
		settles(t, redact.String(s))
	})
}

// settles checks that a masked text which is masked again and again stays as it
// is before long: masks must not feed on each other.
func settles(t *testing.T, masked string) {
	t.Helper()
	for range 10 {
		again := redact.String(masked)
		if again == masked {
			return
		}
		masked = again
	}
	t.Errorf("String goes on changing its result: %q", masked)
}
