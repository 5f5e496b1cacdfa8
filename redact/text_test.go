package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/redact"
)

func ExampleString() {
	fmt.Println(redact.String(`ada@example.com from 192.0.2.17:443: Get "https://api.example/v1?token=abc": 401`))
	// Output:
	// [redacted] from 192.0.2.0:443: Get "https://api.example/v1?[redacted]": 401
}

func TestString(t *testing.T) {
	const m = redact.Mask
	for _, tt := range []struct{ in, want string }{
		// Email addresses.
		{"ada@example.com", m},
		{"to <Ada.Love-lace+bio@mail.example.co.uk>.", "to <" + m + ">."},
		{"mailto:ada@example.com,bob@example.org", "mailto:" + m + "," + m},
		{"user=ada@example.com", "user=" + m},
		{`"ada lovelace"@example.com`, m},
		{"o'brien@example.com 'ada@example.com'", m + " '" + m + "'"},
		{"/users/ada%40example.com/links", "/users/" + m + "/links"},
		{"jürgen@müller.example", m},
		{"ada@[192.0.2.1] ada@[IPv6:2001:db8::1]", m + " " + m},
		{"ada@example.com.123", m + ".123"},
		{"root@192.0.2.7", "root@192.0.2.0"},
		{"ada@123456.xyz ada@v2.xyz ada@163.xn--p1ai", m + " " + m + " " + m},
		{"ada@10.20.example.org, ada@1.x.example", m + ", " + m},

		{"ada＠example.com ada﹫example.com", m + " " + m},
		{"ada@github.com digit@github.com", m + " " + m},
		{"to=git-bot@github.com", "to=" + m},

		// Cards and telephones.
		{"card 4111 1111 1111 1111, 5500-0000-0000-0004", "card " + m + ", " + m},
		{"378282246310005", m},
		{"pan=4111111111111111;", "pan=" + m + ";"},
		{"call +1 555 010 0199.", "call " + m + "."},
		{"+49 (0) 30 901820, +442079460958", m + ", " + m},
		{"555-010-0199 or (555) 010-0199", m + " or " + m},

		// Flags.
		{"run --token abc -v", "run --token " + m + " -v"},
		{"run -api-key 'a b' x", "run -api-key '" + m + "' x"},
		{`run --password "a b"`, `run --password "` + m + `"`},
		{"login --client_secret  abc;", "login --client_secret  " + m + ";"},

		// IPv4.
		{"192.0.2.17", "192.0.2.0"},
		{"dial tcp 10.1.2.3:5432: refused", "dial tcp 10.1.2.0:5432: refused"},
		{"192.0.2.17, 198.51.100.255.", "192.0.2.0, 198.51.100.0."},
		{"192.0.2.17/32", "192.0.2.0/32"},
		{"host-192.0.2.17.example", "host-192.0.2.0.example"},
		{"192.000.002.017", "192.000.002.0"},
		{"v203.0.113.7 v1.2.3.4", "v203.0.113.0 v1.2.3.4"},
		{"version 203.0.113.7, conversion 10.1.2.3", "version 203.0.113.0, conversion 10.1.2.0"},
		{"127.0.0.1:80 0.0.0.0", "127.0.0.1:80 0.0.0.0"},

		// IPv6.
		{"2001:db8:1:2::17", "2001:db8:1::"},
		{"[2001:DB8:1:2:3:4:5:6]:443", "[2001:db8:1::]:443"},
		{"dial 2001:db8::1: refused", "dial [2001:db8::]: refused"},
		{"2001:db8:1:2:3:4:5:6:443", "[2001:db8:1::]:443"},
		{"fe80::1%eth0", "fe80::"},
		{"[fe80::1%25eth0.1]", "[fe80::]"},
		{"::ffff:192.0.2.17", "::ffff:192.0.2.0"},
		{"[::ffff:192.0.2.17]:80", "[::ffff:192.0.2.0]:80"},
		{"2001:db8:1:2::17.", "2001:db8:1::."},
		{"2001:db8:1:2::17/64", "2001:db8:1::/64"},
		{"ip:2001:db8:1:2::17", "ip:[2001:db8:1::]"},
		{"a1::b fe80::dead:beef 2001:db8::", "a1:: fe80:: 2001:db8::"},
		{"dead:beef:cafe:babe:dead:beef:cafe:babe", "dead:beef:cafe::"},
		{"::1 :: [::1]:80 [::]:443", "::1 :: [::1]:80 [::]:443"},

		// After an escape.
		{`a\u00a0203.0.113.77`, `a\u00a0203.0.113.0`},
		{`a1\u0000203.0.113.77`, `a1\u0000203.0.113.0`},
		{`a\n2001:db8:1:2::17`, `a\n2001:db8:1::`},
		{`a\u003c2001:db8:1:2::17`, `a\u003c2001:db8:1::`},
		{`a\nBearer abc`, `a\nBearer ` + m},

		// Tokens.
		{"Authorization: Bearer abc.def-123", "Authorization: " + m},
		{"sent BEARER abc123, got 401", "sent BEARER " + m + ", got 401"},
		{"bearer token s3cr3t", "bearer token " + m},
		{"invalid bearer token lt_live_abc", "invalid bearer token " + m},
		{"bearer token (Bearer abc`", "bearer token " + m + "`"},
		{"Bearer Bearer abc, x", "Bearer " + m + ", x"},
		{"token=Bearer abc x=1", "token=" + m + " x=1"},
		{"token= Authorization: Token a b", "token= Authorization: " + m},
		{`token= "client_secret": "a b"`, `token= "client_secret": "` + m + `"`},
		{"Basic YWRhOnNlY3JldA==", "Basic " + m},
		{"curl -H 'Authorization: Token abc' https://api.example", "curl -H 'Authorization: " + m + "' https://api.example"},
		{"Cookie: a=b; c=d\nHost: x", "Cookie: " + m + "\nHost: x"},
		{"map[Authorization:[Bearer abc def] Host:[x]]", "map[Authorization:[" + m + "] Host:[x]]"},
		{"token=abc retries=3", "token=" + m + " retries=3"},
		{"(api_key=abc), ok", "(api_key=" + m + "), ok"},
		{`{"access_token":"a\"b","ok":true}`, `{"access_token":"` + m + `","ok":true}`},
		{`{\"password\":\"a b\",\"n\":1}`, `{\"password\":\"` + m + `\",\"n\":1}`},
		{"password: hunter2", "password: " + m},

		// Lists and objects.
		{`{"tokens":["abc","a\"]b"],"n":[1.50]}`, `{"n":[1.50],"tokens":"` + m + `"}`},
		{`{"a":"ada@example.com","a":1}`, `{"a":1}`},
		{`{"body":"{\"api_key\":[\"abc\"]}"}`, `{"body":"{\"api_key\":\"` + m + `\"}"}`},
		{`body {"tokens": ["abc", "a]b"], "ok": 1}`, `body {"tokens": ` + m + `, "ok": 1}`},
		{`body {\"tokens\":[\"abc\",\"a]b\"],\"ok\":1}`, `body {\"tokens\":` + m + `,\"ok\":1}`},
		{"body {\"tokens\": [\n\"abc\"\n], 1}", "body {\"tokens\": " + m + ", 1}"},
		{`body {"api_key":{"value":"abc"}}`, `body {"api_key":` + m + `}`},
		{`body {"cookie":{"value":"abc"}}`, `body {"cookie":{` + m + `}}`},
		{"body {\"tokens\":[\"abc\", \"de\n x", "body {\"tokens\":" + m + "\n x"},
		{"body {\"token\":[],\"tokens\":{}, 1}", "body {\"token\":[],\"tokens\":{}, 1}"},
		{`http.Header{"Cookie":[]string{"a=b"}, "X-Api-Key":[]string{"k"}}`, `http.Header{"Cookie":[]string{` + m + `}, "X-Api-Key":` + m + `}`},
		{`T{Token:[]interface {}{"abc"}, N:1}`, `T{Token:` + m + `, N:1}`},
		{"{Tokens:[abc def] M:map[a:b c:d] N:1}", "{Tokens:" + m + " M:map[a:b c:d] N:1}"},
		{"{Token:map[a:b c:d] N:1}", "{Token:" + m + " N:1}"},
		{"{Token:abc N:1}", "{Token:" + m + " N:1}"},
		{"client_secret = 'a b'", "client_secret = '" + m + "'"},
		{"key whsec_abcdefgh12 and sk_live_abcdefgh", "key " + m + " and " + m},
		{"ghp_abcdefghijklmnop1234", m},
		{"jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "jwt " + m},

		// URLs.
		{"https://example.com/a?b=c#d", "https://example.com/a?" + m},
		{"(https://example.com/?q=1).", "(https://example.com/?" + m + ")."},
		{"https://example.com/?flag", "https://example.com/?" + m},
		{"https://example.com/cb#access=1&x=2", "https://example.com/cb#" + m},
		{"https://example.com/doc#part", "https://example.com/doc#part"},
		{`Get "https://example.com/?q=a b": EOF`, `Get "https://example.com/?` + m + `": EOF`},
		{"postgres://user:p@ss@db.example/x", "postgres://" + m + "@db.example/x"},
		{"open root:hunter2@tcp(db.example)/app", "open " + m + "@tcp(db.example)/app"},
		{"a?b=1\\nBearer abc, x", "a?" + m + ", x"},
		{"GET /callback?code=1 200", "GET /callback?" + m + " 200"},
		{"/confirm?abc", "/confirm?" + m},
		{"path=/a?code=1", "path=/a?" + m},
		{"code=1&state=2", m},
	} {
		got := redact.String(tt.in)
		if got != tt.want {
			t.Errorf("String(%q) = %q, want %q", tt.in, got, tt.want)
		}
		if again := redact.String(got); again != got {
			t.Errorf("String(%q) = %q", got, again)
		}
	}
}

// What looks like a secret from afar.
var harmless = []string{
	"", "a plain message", "v1.2.3 and 1.2.3, 1.2, v1.2.3.4", "1.3.6.1.4.1.311", "2.5.4.3.1", "256.1.1.1", "Chrome/120.0.6099.109",
	"12:34:56", "2024-04-25T01:06:40.123+02:00", "12:34:56.789 to 13:00:00", "00:1a:2B:3c:4d:5e", "00:11:22:33:44:55:66:77",
	"SHA1 ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01",
	"github.com/hooklatch/hooklatch/linktree", "golang.org/x/net@v0.1.0-rc.beta", "gopkg.in/yaml.v3", "npm@10.x", "npm@10.x.x.", "a@v1.2-rc.beta", "a@1.2.3-rc.beta", "actions/checkout@v4",
	"std::vector std::decay Foo::bar a::", "d41d8cd98f00b204e9800998ecf8427e", "550e8400-e29b-41d4-a716-446655440000", "lnk_00000001",
	"user@localhost @ada x @ y", "invalid token: signature mismatch", "secret: not found", "parse token: unexpected EOF",
	"version 1.2.3.4", "Version: 1.2.3.4, version=10.2.3.4", "git@github.com:ada/links.git", "a::b", "ab::cd::ef", "Foo::bar", "x=1&y=2", "a=10&b=2.5&c=3",
	"4111 1111 1111 1112", "1234567890123", "order 41111111111111111111", "2026-11-29 10:30:37", "+0200", "12+34567890123", "1.4111111111111111", "555-010-01999", "1555-010-0199",
	"--token", "--token --verbose", "-v abc", "a --tokens b", "no-token abc", "a--token b",
	"token_count=5 max_tokens=512", "token=null", "what? a=b", "why?", "a = b & c", "https://example.com/@ada/a:b", "https://example.com/?",
	"the bearer authentication scheme", "Basic usage", "Bearer realm=\"api\"", "0x7f.1", "error: 404: no such link", "é@ü", "10:20::",
}

func TestStringLeaves(t *testing.T) {
	for _, s := range harmless {
		if got := redact.String(s); got != s {
			t.Errorf("String(%q) = %q", s, got)
		}
	}
}

func TestStringAllocs(t *testing.T) {
	for _, s := range harmless {
		if n := testing.AllocsPerRun(100, func() { redact.String(s) }); n != 0 {
			t.Errorf("String(%q): %v allocations, want 0", s, n)
		}
	}
}

// The cost of a text is linear, whatever it is of.
func BenchmarkStringHostile(b *testing.B) {
	for _, unit := range []string{"@", "a@", ":", "::", "?", "a=", "token=", "://", "[redacted]", "1.", "1:", `\"`, "bearer ", "&a=", "/?", "a%40", "a-", "a:", "--token ", "-", "+1", "1 ", "1-", "4111 ", "eyJ-", "a::", "token=[\n", "@tcp(", "token=cookie:'\n"} {
		for _, n := range []int{1 << 12, 1 << 16} {
			s := strings.Repeat(unit, n/len(unit))
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(unit, "/", "|"), n), func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				for b.Loop() {
					redact.String(s)
				}
			})
		}
	}
}

func BenchmarkString(b *testing.B) {
	for _, bb := range []struct{ name, in string }{
		{"clean", "2024-04-25T01:06:40Z link created: lnk_00000001 at position 3 of github.com/hooklatch"},
		{"dirty", `ada@example.com from 192.0.2.17:443: Get "https://api.example/v1?token=abc": 401`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.in)))
			for b.Loop() {
				redact.String(bb.in)
			}
		})
	}
}
