package verify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// explained is a request that a mistake has spoilt.
type explained struct {
	name    string
	preset  string
	keys    []string // nil: the preset's new one
	options *verify.ExplainOptions
	spoil   func(p *preset, h http.Header) (body string)
	matched bool
	want    []verify.Mistake
}

const jsonBody = `{"type":"a.b","data":{"url":"https://x.test/?a=1&b=2","name":"é😀","n":1.50,"list":[1,2]},"a":"<b>"}`

// signedAs returns a spoil function: the sender signed one body, and another
// came.
func signedAs(sent, came string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		p.sign(h, p.new, "id-1", now, sent)
		return came
	}
}

// signedWith: the sender used another form of the secret.
func signedWith(secret string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		p.sign(h, secret, "id-1", now, testBody)
		return testBody
	}
}

// linktreeOf: a Linktree request with these headers.
func linktreeOf(timestamp, signature string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		h.Set(p.timestamp, timestamp)
		h.Set(p.signature, signature)
		return testBody
	}
}

func explainedRequests() []explained {
	const millis = "1700000000000"
	p := presetNamed("linktree")
	sum := mac([]byte(p.new), unix(now)+"."+testBody)
	raw := []byte("0123456789abcdef01234567")
	list := []explained{
		{name: "newline added", preset: "linktree", spoil: signedAs(testBody, testBody+"\n"), matched: true, want: []verify.Mistake{verify.MistakeBodyEnd}},
		{name: "CRLF added", preset: "stripe", spoil: signedAs(testBody, testBody+"\r\n"), matched: true, want: []verify.Mistake{verify.MistakeBodyEnd}},
		{name: "newline trimmed", preset: "github", spoil: signedAs(testBody+"\n", testBody), matched: true, want: []verify.Mistake{verify.MistakeBodyEnd}},
		{name: "CRLF trimmed", preset: "slack", spoil: signedAs(testBody+"\r\n", testBody), matched: true, want: []verify.Mistake{verify.MistakeBodyEnd}},
		{name: "line endings", preset: "shopify", spoil: signedAs("a\r\nb", "a\nb"), matched: true, want: []verify.Mistake{verify.MistakeBodyText}},
		{name: "gateway's base64", preset: "linktree", spoil: signedAs(testBody, base64.StdEncoding.EncodeToString([]byte(testBody))), matched: true, want: []verify.Mistake{verify.MistakeBodyText}},
		{name: "body read before", preset: "linktree", spoil: signedAs(testBody, ""), want: []verify.Mistake{verify.MistakeBodyEmpty}},
		{name: "secret with a newline", preset: "linktree", spoil: signedWith("new secret\n"), matched: true, want: []verify.Mistake{verify.MistakeSecretForm}},
		{name: "secret not decoded", preset: "linktree", keys: []string{base64.StdEncoding.EncodeToString(raw)}, spoil: signedWith(string(raw)), matched: true, want: []verify.Mistake{verify.MistakeSecretForm}},
		{name: "secret in hex", preset: "linktree", keys: []string{hex.EncodeToString(raw)}, spoil: signedWith(string(raw)), matched: true, want: []verify.Mistake{verify.MistakeSecretForm}},
		{name: "secret with its prefix", preset: "github", keys: []string{"whsec_abc"}, spoil: signedWith("abc"), matched: true, want: []verify.Mistake{verify.MistakeSecretForm}},
		{name: "secret in quotes", preset: "github", keys: []string{`"abc"`}, spoil: signedWith("abc"), matched: true, want: []verify.Mistake{verify.MistakeSecretForm}},
		{
			name: "secret decoded, but should not be", preset: "standard-webhooks", matched: true, want: []verify.Mistake{verify.MistakeSecretForm},
			spoil: func(p *preset, h http.Header) string {
				p.sign(h, "whsec_"+base64.StdEncoding.EncodeToString([]byte(p.new)), "id-1", now, testBody)
				return testBody
			},
		},
		{name: "an earlier secret", preset: "linktree", options: &verify.ExplainOptions{Secrets: []string{"oldest", "old secret"}}, spoil: signedWith("old secret"), matched: true, want: []verify.Mistake{verify.MistakeSecretOther}},
		{name: "an earlier secret, from a file", preset: "linktree", options: &verify.ExplainOptions{Secrets: []string{"old secret\n"}}, spoil: signedWith("old secret"), matched: true, want: []verify.Mistake{verify.MistakeSecretOther}},
		{name: "signed in milliseconds", preset: "linktree", spoil: linktreeOf(unix(now), hexMAC(p.new, millis+"."+testBody)), matched: true, want: []verify.Mistake{verify.MistakeTimestampUnit}},
		{name: "sent in milliseconds", preset: "linktree", spoil: linktreeOf(millis, hexMAC(p.new, millis+"."+testBody)), matched: true, want: []verify.Mistake{verify.MistakeTimestampUnit}},
		{name: "sent in milliseconds, signed in seconds", preset: "linktree", spoil: linktreeOf(millis, hex.EncodeToString(sum)), matched: true, want: []verify.Mistake{verify.MistakeTimestampUnit, verify.MistakeTimestampUnit}},
		{name: "without the timestamp", preset: "linktree", spoil: linktreeOf(unix(now), hexMAC(p.new, testBody)), matched: true, want: []verify.Mistake{verify.MistakeSigned}},
		{name: "another joint", preset: "linktree", spoil: linktreeOf(unix(now), hexMAC(p.new, unix(now)+":"+testBody)), matched: true, want: []verify.Mistake{verify.MistakeSigned}},
		{name: "as Slack", preset: "linktree", spoil: linktreeOf(unix(now), hexMAC(p.new, "v0:"+unix(now)+":"+testBody)), matched: true, want: []verify.Mistake{verify.MistakeSigned}},
		{name: "base64", preset: "linktree", spoil: linktreeOf(unix(now), base64.StdEncoding.EncodeToString(sum)), matched: true, want: []verify.Mistake{verify.MistakeHeaderFormat}},
		{name: "a prefix", preset: "linktree", spoil: linktreeOf(unix(now), "sha256="+hex.EncodeToString(sum)), matched: true, want: []verify.Mistake{verify.MistakeHeaderFormat}},
		{name: "as Stripe's header", preset: "linktree", spoil: linktreeOf(unix(now), "t=1,v1="+hex.EncodeToString(sum)), matched: true, want: []verify.Mistake{verify.MistakeHeaderFormat}},
		{name: "not a signature", preset: "linktree", spoil: linktreeOf(unix(now), "hello"), want: []verify.Mistake{verify.MistakeHeaderFormat}},
		{name: "timestamp not a number", preset: "linktree", spoil: linktreeOf("now", hexMAC(p.new, "now."+testBody)), matched: true, want: []verify.Mistake{verify.MistakeHeaderFormat}},
		{name: "clock", preset: "linktree", spoil: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now.Add(-6*time.Minute), testBody)
			return testBody
		}, matched: true, want: []verify.Mistake{verify.MistakeClock}},
		{name: "unsigned", preset: "linktree", spoil: func(p *preset, h http.Header) string { return testBody }, want: []verify.Mistake{verify.MistakeHeaderMissing}},
		{name: "no timestamp", preset: "linktree", spoil: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, testBody)
			h.Del(p.timestamp)
			return testBody
		}, want: []verify.Mistake{verify.MistakeHeaderMissing}},
		{name: "repeated", preset: "linktree", spoil: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, testBody)
			h.Add(p.signature, "x")
			return testBody
		}, matched: true, want: []verify.Mistake{verify.MistakeHeaderRepeated}},
		{name: "lower-case names", preset: "standard-webhooks", spoil: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, testBody)
			for name, values := range h {
				delete(h, name)
				h[strings.ToLower(name)] = values
			}
			return testBody
		}, matched: true, want: []verify.Mistake{verify.MistakeHeaderName, verify.MistakeHeaderName, verify.MistakeHeaderName}},
		{name: "GitHub's headers", preset: "linktree", spoil: func(p *preset, h http.Header) string {
			presetNamed("github").sign(h, p.new, "id-1", now, testBody)
			return testBody
		}, matched: true, want: []verify.Mistake{verify.MistakeProvider, verify.MistakeHeaderMissing, verify.MistakeSigned}},
		{name: "SHA-1", preset: "github", spoil: linktreeLike("X-Hub-Signature-256", "sha256="+hex.EncodeToString(sha1MAC("new secret", testBody))), matched: true, want: []verify.Mistake{verify.MistakeHash}},
		{name: "ed25519, newline", preset: "standard-webhooks-ed25519", keys: []string{publicKey}, spoil: func(p *preset, h http.Header) string {
			p.sign(h, privateKey, "id-1", now, testBody)
			return testBody + "\n"
		}, matched: true, want: []verify.Mistake{verify.MistakeBodyEnd}},
		{name: "two mistakes", preset: "linktree", options: &verify.ExplainOptions{Secrets: []string{"old secret"}}, spoil: func(p *preset, h http.Header) string {
			p.sign(h, p.old, "id-1", now, testBody)
			return testBody + "\n"
		}, matched: true, want: []verify.Mistake{verify.MistakeSecretOther, verify.MistakeBodyEnd}},
		{name: "forged", preset: "linktree", spoil: signedWith("a guess")},
		{name: "another body", preset: "stripe", spoil: signedAs(testBody, jsonBody)},
	}
	for how, sent := range reprinted {
		list = append(list, explained{
			name: "reprinted: " + how, preset: "linktree", spoil: signedAs(sent, jsonBody),
			matched: true, want: []verify.Mistake{verify.MistakeBodyReprinted},
		})
	}
	return list
}

// What other programs make of jsonBody.
var reprinted = map[string]string{
	"Python":                `{"type": "a.b", "data": {"url": "https://x.test/?a=1&b=2", "name": "\u00e9\ud83d\ude00", "n": 1.50, "list": [1, 2]}, "a": "<b>"}`,
	"Python, ensure_ascii":  `{"type": "a.b", "data": {"url": "https://x.test/?a=1&b=2", "name": "é😀", "n": 1.50, "list": [1, 2]}, "a": "<b>"}`,
	"Python, sorted":        `{"a": "<b>", "data": {"list": [1, 2], "n": 1.50, "name": "é😀", "url": "https://x.test/?a=1&b=2"}, "type": "a.b"}`,
	"PHP":                   `{"type":"a.b","data":{"url":"https:\/\/x.test\/?a=1&b=2","name":"\u00e9\ud83d\ude00","n":1.50,"list":[1,2]},"a":"<b>"}`,
	"Go, a map":             `{"a":"\u003cb\u003e","data":{"list":[1,2],"n":1.50,"name":"é😀","url":"https://x.test/?a=1\u0026b=2"},"type":"a.b"}`,
	"Go, a struct":          `{"type":"a.b","data":{"url":"https://x.test/?a=1\u0026b=2","name":"é😀","n":1.50,"list":[1,2]},"a":"\u003cb\u003e"}`,
	"indented by two":       "{\n  \"type\": \"a.b\",\n  \"data\": {\n    \"url\": \"https://x.test/?a=1&b=2\",\n    \"name\": \"é😀\",\n    \"n\": 1.50,\n    \"list\": [\n      1,\n      2\n    ]\n  },\n  \"a\": \"<b>\"\n}",
	"indented by tabs":      "{\n\t\"type\": \"a.b\",\n\t\"data\": {\n\t\t\"url\": \"https://x.test/?a=1&b=2\",\n\t\t\"name\": \"é😀\",\n\t\t\"n\": 1.50,\n\t\t\"list\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t},\n\t\"a\": \"<b>\"\n}",
	"indented by 4, sorted": "{\n    \"a\": \"<b>\",\n    \"data\": {\n        \"list\": [\n            1,\n            2\n        ],\n        \"n\": 1.50,\n        \"name\": \"é😀\",\n        \"url\": \"https://x.test/?a=1&b=2\"\n    },\n    \"type\": \"a.b\"\n}",
	"sorted":                `{"a":"<b>","data":{"list":[1,2],"n":1.50,"name":"é😀","url":"https://x.test/?a=1&b=2"},"type":"a.b"}`,
}

func linktreeLike(header, value string) func(*preset, http.Header) string {
	return func(_ *preset, h http.Header) string {
		h.Set(header, value)
		return testBody
	}
}

func TestExplain(t *testing.T) {
	for _, c := range explainedRequests() {
		t.Run(c.name, func(t *testing.T) {
			p := presetNamed(c.preset)
			keys := c.keys
			if keys == nil {
				keys = []string{p.new}
			}
			s := p.scheme(t, keys...)
			h := http.Header{}
			body := c.spoil(p, h)
			o := verify.ExplainOptions{}
			if c.options != nil {
				o = *c.options
			}
			o.Providers = provider.Specs()
			e := s.Explain(h, []byte(body), &o)
			var got []verify.Mistake
			for _, f := range e.Findings {
				got = append(got, f.Mistake)
				if !e.Has(f.Mistake) {
					t.Errorf("Has(%v) = false", f.Mistake)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" || e.Matched != c.matched || e.Err == nil || e.Incomplete {
				t.Errorf("Matched %v, want %v; findings (-want +got):\n%s\n%v", e.Matched, c.matched, diff, e)
			}
			discreet(t, e, p, keys, h, body)
		})
	}
}

// discreet checks that an explanation holds neither the secret nor the right
// signature nor anything of the body.
func discreet(t *testing.T, e verify.Explanation, p *preset, keys []string, h http.Header, body string) {
	t.Helper()
	text := fmt.Sprintf("%s %+v %v", e, e.Findings, e.LogValue())
	right := http.Header{}
	if p.name != "standard-webhooks-ed25519" && !strings.HasPrefix(p.name, "standard") {
		p.sign(right, keys[0], "id-1", now, body)
	}
	hidden := append(slices.Clone(keys), p.new, p.old, "a.b", "evt_1")
	for _, values := range []http.Header{right, h} {
		for _, name := range []string{p.signature, "X-Hub-Signature-256"} {
			if v := values.Get(name); len(v) > 16 {
				hidden = append(hidden, v[len(v)-16:])
			}
		}
	}
	for _, secret := range hidden {
		if strings.Contains(text, secret) {
			t.Errorf("the explanation holds %q: %s", secret, text)
		}
	}
	if strings.Contains(text, "\n") {
		t.Errorf("more than one line: %q", text)
	}
}

func TestExplainGenuine(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		e := p.scheme(t, p.new).Explain(p.header(p.new, now), []byte(testBody), nil)
		if diff := cmp.Diff(verify.Explanation{Matched: true}, e); diff != "" || e.String() != "the signature is right" {
			t.Errorf("%v\n%s", e, diff)
		}
	})
}

func TestExplainSkew(t *testing.T) {
	p := presetNamed("stripe")
	s := p.scheme(t, p.new)
	for _, skew := range []time.Duration{6 * time.Minute, -time.Hour} {
		e := s.Explain(p.header(p.new, now.Add(-skew)), []byte(testBody), nil)
		if e.Skew != skew || !e.Matched || !e.Has(verify.MistakeClock) {
			t.Errorf("Skew = %v, want %v: %v", e.Skew, skew, e)
		}
	}
}

// Whatever comes, Explain does a bounded amount of work: without the bounds, it
// would not come back from some of these.
func TestExplainBounded(t *testing.T) {
	p := presetNamed("linktree")
	for name, body := range map[string]string{
		"long":      `"` + strings.Repeat("x", 4<<20) + `"`,
		"deep":      strings.Repeat("[", 9999) + strings.Repeat("]", 9999),
		"wide":      "[" + strings.Repeat("1,", 60_000) + "1]",
		"deep-ish":  strings.Repeat("[", 31) + strings.Repeat("1,", 60_000) + "1" + strings.Repeat("]", 31),
		"not UTF-8": strings.Repeat("\xff\"", 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			s := p.scheme(t, p.new, p.old)
			e := s.Explain(p.header("a guess", now), []byte(body), &verify.ExplainOptions{Secrets: []string{"1", "2", "3"}})
			if e.Matched {
				t.Error("matched")
			}
			if name == "long" && !e.Incomplete {
				t.Error("Incomplete = false")
			}
		})
	}
}

func TestExplainLog(t *testing.T) {
	p := presetNamed("linktree")
	e := p.scheme(t, p.new).Explain(p.header(p.new, now), []byte(testBody+"\n"), nil)
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("refused", "why", e)
	want := `"why":"verify: linktree: X-Linktree-Signature: does not match; found: body's end differs from what was signed: without the newline at its end; apart from that the signature is right"`
	if !strings.Contains(b.String(), want) {
		t.Errorf("log: %s", b.String())
	}
}

func TestMistakeString(t *testing.T) {
	seen := map[string]bool{}
	for m := verify.MistakeHeaderMissing; m <= verify.MistakeBodyReprinted; m++ {
		if s := m.String(); s == "unknown mistake" || seen[s] {
			t.Errorf("Mistake %d is called %q", m, s)
		}
		seen[m.String()] = true
	}
	for _, m := range []verify.Mistake{0, 255} {
		if m.String() != "unknown mistake" {
			t.Errorf("Mistake %d is called %q", m, m)
		}
	}
}
