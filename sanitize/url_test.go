package sanitize_test

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/sanitize"
)

func ExampleURL() {
	for _, s := range []string{
		" HTTPS://shop.example/new song?from=bio\n",
		"mailto:ada@example.com?subject=Booking",
		"\x01JaVa\tScRiPt:alert(1)",
		"https://bank.example@evil.example/",
		"/relative",
	} {
		safe, err := sanitize.URL(s)
		fmt.Printf("%q %v\n", safe, err)
	}
	// Output:
	// "https://shop.example/new%20song?from=bio" <nil>
	// "mailto:ada@example.com?subject=Booking" <nil>
	// "" unsafe URL: character not allowed
	// "" unsafe URL: user name in it
	// "" unsafe URL: scheme not allowed
}

func TestSafeURLAccepts(t *testing.T) {
	long := "https://example.com/" + strings.Repeat("a", sanitize.MaxURLLength-len("https://example.com/"))
	for _, tt := range []struct{ in, want string }{
		{"http://example.com", "http://example.com"},
		{"https://example.com:8443/a/b?c=d&e=%20#f", "https://example.com:8443/a/b?c=d&e=%20#f"},
		{"hTTpS://Example.com/", "https://Example.com/"},
		{"\t https://example.com/ \r\n", "https://example.com/"},
		{"https://example.com/a b'\"<>`{}|^(c)", "https://example.com/a%20b%27%22%3C%3E%60%7B%7D%7C%5E%28c%29"},
		{"https://example.com/100%", "https://example.com/100%25"},
		{"https://example.com/?to=javascript:alert(1)", "https://example.com/?to=javascript:alert%281%29"},
		{"https://example.com/@ada", "https://example.com/@ada"},
		{"https://müller.example/ü", "https://m%C3%BCller.example/%C3%BC"},
		{"https://प्रिया.example/", "https://%E0%A4%AA%E0%A5%8D%E0%A4%B0%E0%A4%BF%E0%A4%AF%E0%A4%BE.example/"},
		{"http://192.0.2.1:80/", "http://192.0.2.1:80/"},
		{"http://[2001:db8::1]/", "http://[2001:db8::1]/"},
		{"mailto:ada@example.com", "mailto:ada@example.com"},
		{"MAILTO:ada%2Bshop@example.com?Subject=Hi%20there&body=1%0D%0A2", "mailto:ada%2Bshop@example.com?Subject=Hi%20there&body=1%0D%0A2"},
		{"mailto:a@b.example?BODY=x", "mailto:a@b.example?BODY=x"},
		{long, long},
	} {
		if got, err := sanitize.URL(tt.in); got != tt.want || err != nil {
			t.Errorf("URL(%+q) = %+q, %v, want %+q", tt.in, got, err, tt.want)
		}
	}
}

func TestSafeURLRefuses(t *testing.T) {
	for want, urls := range map[error][]string{
		sanitize.ErrURLScheme: {
			"", " ", "example.com", "/path", "//evil.example", "?q", "#f", "a/b:c",
			"javascript:alert(1)", "JaVaScRiPt:alert(1)", "  javascript:alert(1)", "javascript://example.com/%0aalert(1)",
			"javascript&colon;alert(1)", "&#106;avascript:alert(1)", "javascript%3Aalert(1)",
			"data:text/html,<script>alert(1)</script>", "DATA:text/html;base64,PHNjcmlwdD4=", "vbscript:msgbox(1)",
			"livescript:x", "mocha:x", "file:///etc/passwd", "blob:https://example.com/1", "filesystem:https://example.com/t",
			"about:blank", "view-source:https://example.com", "feed:javascript:alert(1)", "jar:https://example.com!/x",
			"intent://example.com#Intent;end", "ftp://example.com", "ws://example.com", "tel:+123", "sms:+123", "chrome://settings",
			"ms-msdt:/id", "x:y", "httpsx://example.com", "mailtox:ada@example.com",
		},
		sanitize.ErrURLCharacter: {
			"\x01javascript:alert(1)", "\x00javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
			"java\r\nscript:alert(1)", "javascript\t:alert(1)", "\x1fhttps://example.com", "https://exa\tmple.com",
			"https://example.com/\n/x", "https://example.com\x7f", "https://example.com/\u009b", "https://example.com/\xff",
			`https:\\evil.example`, `https://good.example\@evil.example`, `https:/\evil.example`, `\\evil.example\share`,
		},
		sanitize.ErrURLHost: {
			"https:", "https://", "https:///evil.example", "https:/evil.example", "https:evil.example", "https:javascript:alert(1)",
			"http://?q", "http://#f", "http://:80", "https://.", "https://example.com:99999",
			"https://evil.example\uFF0Fgood.example", "https://evil\u3002example", "https://exa\u200Dmple.com", "https://exa\u202Emple.com",
			"https://good.example;evil.example", "https://a,b", "http://[fe80::1%25eth0]/",
		},
		sanitize.ErrURLUserinfo: {
			"https://good.example@evil.example", "https://user:pass@example.com/", "https://@example.com", "https://:@example.com",
			"https://good.example%2F@evil.example",
		},
		sanitize.ErrURLMail: {
			"mailto:", "mailto:ada", "mailto://ada@example.com", "mailto:a@example.com,b@example.com",
			"mailto:Ada<ada@example.com>", "mailto:ada@example.com?bcc=eve@example.com", "mailto:ada@example.com?attach=/etc/passwd",
			"mailto:ada@example.com%0D%0Abcc:eve@example.com", "mailto:ada@example.com?subject=x%0D%0Abcc:eve@example.com",
			"mailto:ada@example.com#x", "mailto:ada@example.com?subject=%zz;",
		},
		sanitize.ErrURLSyntax: {
			"https://exa mple.com", "https://example.com:port", "https://example.com%2fevil.example", "https://exa%6Dple.com",
			"https://[::1", "https://a:b:c/", "http://javascript:alert(1)", ":", "://example.com", "1https://example.com",
		},
		sanitize.ErrURLTooLong: {
			"https://example.com/" + strings.Repeat("a", sanitize.MaxURLLength),
			"https://example.com/" + strings.Repeat("(", sanitize.MaxURLLength/2), // when encoded
		},
	} {
		for _, s := range urls {
			got, err := sanitize.URL(s)
			if !errors.Is(err, want) || !errors.Is(err, sanitize.ErrUnsafeURL) || got != "" {
				t.Errorf("URL(%+q) = %+q, %v, want %v", s, got, err, want)
			}
		}
	}
}

// Whether net/url parses this depends on its version.
func TestSafeURLBracketedIPv4(t *testing.T) {
	if got, err := sanitize.URL("http://[192.0.2.1]/"); !errors.Is(err, sanitize.ErrUnsafeURL) {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzSafeURL: what is accepted stays as it is, in URL and in a page.
func FuzzSafeURL(f *testing.F) {
	for _, s := range []string{
		"https://example.com/a b?c='d'#e", "mailto:ada@example.com?subject=x", "java\tscript:alert(1)", "http://[::1]:80/%", "https://m\u00fcller.example",
		"//evil.example", "https:evil.example", "https://a@b",
	} {
		f.Add(s)
	}
	page := template.Must(template.New("").Parse(`<a href="{{.}}">`))
	f.Fuzz(func(t *testing.T, s string) {
		safe, err := sanitize.URL(s)
		if err != nil {
			if !errors.Is(err, sanitize.ErrUnsafeURL) || safe != "" {
				t.Errorf("URL(%+q) = %+q, %v", s, safe, err)
			}
			return
		}
		if again, err := sanitize.URL(safe); again != safe || err != nil {
			t.Errorf("URL(%+q) = %+q, %v", safe, again, err)
		}
		u, err := url.Parse(safe)
		if err != nil || u.User != nil || len(safe) > sanitize.MaxURLLength {
			t.Errorf("URL(%+q) = %+q, parsed as %#v, %v", s, safe, u, err)
		}
		if !strings.HasPrefix(safe, "mailto:") && (!strings.HasPrefix(safe, "http") || u.Host == "") {
			t.Errorf("URL(%+q) = %+q", s, safe)
		}
		var b strings.Builder
		if err := page.Execute(&b, safe); err != nil {
			t.Fatal(err)
		}
		if got := html.UnescapeString(b.String()); got != `<a href="`+safe+`">` {
			t.Errorf("html/template writes %s for %s", got, safe)
		}
	})
}
