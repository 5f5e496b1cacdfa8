package middleware_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// behindProxy serves h behind a reverse proxy, both over sockets, and returns the
// proxy's address. strip is what the proxy takes off the path.
func behindProxy(t *testing.T, h http.Handler, strip string) string {
	t.Helper()
	backend := httptest.NewServer(h)
	t.Cleanup(backend.Close)
	to, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.StripPrefix(strip, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.SetXForwarded()
		for _, name := range []string{"Forwarded", "X-Original-Host"} { // a careless proxy hands on what the client says
			r.Out.Header[name] = r.In.Header[name]
		}
	}}))
	t.Cleanup(front.Close)
	return front.URL
}

// squareRequest returns a genuine request of Square for the public URL.
func squareRequest(t *testing.T, public, target string) *http.Request {
	t.Helper()
	s, err := provider.Square(public, "key")
	if err != nil {
		t.Fatal(err)
	}
	info, _ := provider.Lookup("square")
	return hooktest.ProviderRequest(t, target, s, hooktest.ProviderEvent(info, "payment.created"))
}

// TestSignedURLBehindProxy: the configured URL counts, and nothing that the
// client or a proxy says of it.
func TestSignedURLBehindProxy(t *testing.T) {
	const public = "https://hooks.example.com"
	for _, c := range []struct {
		name       string
		configured string
		strip      string // by the proxy
		inner      string // by a router in front of the layers
		signed     string // the URL's base that the sender knows
		target     string // that it signs
		sent       string // that it sends; the same if empty
		header     string // that the client adds
		value      string
		status     int
	}{
		{name: "base", configured: public, signed: public, target: "/square?a=1", status: 200},
		{name: "path", configured: public + "/square", signed: public, target: "/square?a=1", status: 200},
		{name: "escaped", configured: public, signed: public, target: "/s%71uare/%2F?a=%20b", status: 200},
		{name: "router strips", configured: public, inner: "/api", signed: public, target: "/api/square", status: 200},
		{name: "proxy strips, base", configured: public, strip: "/api", signed: public, target: "/api/square", status: 403},
		{name: "proxy strips, path", configured: public + "/api/square", strip: "/api", signed: public, target: "/api/square", status: 200},
		{name: "other path", configured: public, signed: public, target: "/square", sent: "/other", status: 403},
		{name: "other query", configured: public, signed: public, target: "/square?a=1", sent: "/square?a=2", status: 403},
		{name: "query added", configured: public + "/square", signed: public, target: "/square", sent: "/square?a=2", status: 403},
		{name: "other host", configured: public, signed: "https://evil.example.com", target: "/square", status: 403},
		{name: "forwarded host", configured: public, signed: "https://evil.example.com", target: "/square", header: "X-Forwarded-Host", value: "evil.example.com", status: 403},
		{name: "forwarded", configured: public, signed: "https://evil.example.com", target: "/square", header: "Forwarded", value: "host=evil.example.com;proto=https", status: 403},
		{name: "http", configured: public, signed: "http://hooks.example.com", target: "/square", status: 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			scheme, err := provider.Square(c.configured, "key")
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var last middleware.Outcome
			ep := middleware.NewEndpoint("square", &middleware.EndpointOptions{
				Logger:  slog.New(slog.DiscardHandler),
				Explain: &verify.ExplainOptions{},
				Observe: func(_ context.Context, out middleware.Outcome) { mu.Lock(); last = out; mu.Unlock() },
			})
			h := ep.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}), nil)
			front := behindProxy(t, http.StripPrefix(c.inner, h), c.strip)

			signed := squareRequest(t, c.signed, c.target)
			body, err := io.ReadAll(signed.Body)
			if err != nil {
				t.Fatal(err)
			}
			sent := c.target
			if c.sent != "" {
				sent = c.sent
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front+sent, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = signed.Header
			r.Host = "evil.example.com"
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != c.status {
				t.Errorf("status %d, want %d", resp.StatusCode, c.status)
			}
			mu.Lock()
			defer mu.Unlock()
			if c.name == "http" && (last.Explanation == nil || !last.Explanation.Has(verify.MistakeURL)) {
				t.Errorf("explained as %v, want MistakeURL", last.Explanation)
			}
		})
	}
}

// TestTokenInQuery: the token of a query gets to its verifier, before which Accept
// decides nothing.
func TestTokenInQuery(t *testing.T) {
	scheme, err := provider.CloudEvents("the token")
	if err != nil {
		t.Fatal(err)
	}
	ep := newEndpoint()
	h := ep.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	front := behindProxy(t, h, "")
	for target, status := range map[string]int{
		"/?access_token=the+token":                        200,
		"/?access_token=the%20token&x=1":                  200,
		"/?access_token=the+tokeN":                        403,
		"/?access_token=":                                 401,
		"/?ACCESS_TOKEN=the+token":                        401,
		"/?access_token=the+token&access_token=the+token": 401,
		"/": 401,
	} {
		body := `{"source":"` + target + `","id":"1","type":"a"}`
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Errorf("%s: status %d, want %d", target, resp.StatusCode, status)
		}
	}
}
