package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

func newTestApp(t *testing.T, origins ...string) *app {
	t.Helper()
	a, err := newApp(config{
		token: "tok_of_ada_8f3a91", webhookURL: "https://app.hooklatch.org" + webhookPath,
		secrets: []string{"whsec"}, origins: origins, logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPage(t *testing.T) {
	a := newTestApp(t)
	get := func() *http.Response {
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, linksPath, nil))
		return w.Result()
	}
	a.mirror.take(change{created, schema.Link{ID: "a", Title: "A"}, at(1)})
	if got := get(); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("before the first listing: %v", got.Status)
	}
	a.mirror.table.begin(at(2))
	a.mirror.table.replace([]schema.Link{{ID: "a", Title: "</script>", URL: "javascript:alert(1)"}})
	resp := get()
	var got page
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp.Status, err)
	}
	if d := cmp.Diff([]schema.Link{{ID: "a", Title: "</script>"}}, got.Links); d != "" || time.Since(got.AsOf) > time.Minute {
		t.Errorf("as of %v (-want +got):\n%s", got.AsOf, d)
	}
	if h := resp.Header; h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("header %v", h)
	}
}

// TestCORS: the pages of the origins may read the table, and no other page gets
// anywhere near the webhooks.
func TestCORS(t *testing.T) {
	const mine, other = "https://shop.example", "https://evil.example"
	for _, tt := range []struct {
		origins           []string
		method, path      string
		origin, preflight string
		want              string // Access-Control-Allow-Origin
	}{
		{[]string{mine}, "GET", linksPath, mine, "", mine},
		{[]string{mine}, "OPTIONS", linksPath, mine, "GET", mine},
		{[]string{mine, "http://localhost:3000"}, "GET", linksPath, "http://localhost:3000", "", "http://localhost:3000"},
		{[]string{mine}, "GET", linksPath, other, "", ""},
		{[]string{mine}, "GET", linksPath, "null", "", ""},
		{[]string{mine}, "GET", linksPath, "https://shop.example.evil.example", "", ""},
		{[]string{mine}, "OPTIONS", linksPath, mine, "DELETE", ""},
		{nil, "GET", linksPath, mine, "", ""},
		{nil, "OPTIONS", linksPath, mine, "GET", ""},
		{[]string{mine}, "POST", webhookPath, mine, "", ""},
		{[]string{mine}, "HEAD", webhookPath, mine, "", ""},
		{[]string{mine}, "OPTIONS", webhookPath, mine, "POST", ""},
	} {
		a := newTestApp(t, tt.origins...)
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Origin", tt.origin)
		if tt.preflight != "" {
			r.Header.Set("Access-Control-Request-Method", tt.preflight)
		}
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, r)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != tt.want {
			t.Errorf("%v: %s %s from %s: allowed is %q, want %q", tt.origins, tt.method, tt.path, tt.origin, got, tt.want)
		}
		if got := w.Header().Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("credentials: %q", got)
		}
		if tt.path == webhookPath && tt.method == "OPTIONS" && w.Code != http.StatusMethodNotAllowed {
			t.Errorf("a preflight to the webhooks is answered with %d", w.Code)
		}
	}
}

func TestOrigins(t *testing.T) {
	for _, origin := range []string{"https://shop.example", "https://shop.example:8443", "http://localhost:3000", "http://[::1]:80"} {
		if err := checkOrigin(origin); err != nil {
			t.Errorf("%s: %v", origin, err)
		}
	}
	for _, origin := range []string{
		"*", "https://*", "https://*.example", "*.example", "", "null", "shop.example", "//shop.example", "https://", "https://:80",
		"https://shop.example/", "https://shop.example/a", "https://shop.example?a", "https://ada@shop.example", "HTTPS://shop.example", "file://shop.example", " https://shop.example",
	} {
		if checkOrigin(origin) == nil {
			t.Errorf("%q is taken", origin)
		}
	}
}

// TestConfig: everything that is wrong is told, in one error.
func TestConfig(t *testing.T) {
	_, err := newApp(config{
		token: "sk_test_4711", webhookURL: "http://app.example.org" + webhookPath, secrets: []string{""},
		origins: []string{"https://shop.example", "*"}, api: "http://api.example.org",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"the token looks like", "WebhookURL is not https", "BaseURL is not https", "the webhook secret", `origin "*": a wildcard`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
	if _, err := newApp(config{token: "tok_of_ada_8f3a91", secrets: []string{"whsec"}}); err == nil || !strings.Contains(err.Error(), "the webhook URL is missing") {
		t.Errorf("without a webhook URL: %v", err)
	}
}
