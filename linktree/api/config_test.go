package api_test

import (
	"context"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

const goodToken = "lt_live_9hXk3VtQ2nR7"

func TestNew(t *testing.T) {
	if c, err := api.New(transport.StaticToken(goodToken), nil); err != nil || c == nil {
		t.Fatal(err)
	}
}

func TestTokens(t *testing.T) {
	for _, token := range []string{
		"", "test", "test_4711", "sk_test_9hXk3VtQ2nR7", "lt-sandbox-9hXk3VtQ2nR7", "TEST123", "changeme", "ChangeMe!",
		"example", "my-example-token", "your_api_token", "<token>", "${LINKTREE_API_TOKEN}", "$TOKEN", "token", "API_KEY",
		"xxxxxxxxxxxxxxxx", "0000-0000", "…", " " + goodToken, goodToken + "\n", "Bearer " + goodToken, `"` + goodToken + `"`,
		"dummy", "fake.token", "null", "undefined", "TODO",
	} {
		_, err := api.New(transport.StaticToken(token), nil)
		if !errors.Is(err, api.ErrConfig) {
			t.Errorf("%q: %v, want an ErrConfig", token, err)
		} else if strings.Contains(err.Error(), "9hXk3VtQ2nR7") {
			t.Errorf("%q: the error shows it: %v", token, err)
		}
		insecure := &api.Options{BaseURL: "http://127.0.0.1:1", InsecureDevelopment: true}
		if _, err := api.New(transport.StaticToken(token), insecure); (err == nil) != isSendable(token) {
			t.Errorf("%q in development: %v", token, err)
		}
	}
	for _, token := range []string{goodToken, "1|Laravel:form", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl", "latest_contest_9hXk"} {
		if _, err := api.New(transport.StaticToken(token), nil); err != nil {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func isSendable(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' })
}

// Tokens as providers issue them are not taken for placeholders by chance.
func TestRandomTokens(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1}) // one in a million is: not today
	for range 5000 {
		raw := make([]byte, 32)
		_, _ = random.Read(raw)
		for _, token := range []string{base32.StdEncoding.EncodeToString(raw)[:26], hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), "lt_" + base64.RawURLEncoding.EncodeToString(raw)} {
			if err := api.CheckToken(token); err != nil {
				t.Errorf("%q: %v", token, err)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	for name, tt := range map[string]struct {
		opts api.Options
		want string // in the error; empty for none
		dev  bool   // fine in development
	}{
		"http":               {api.Options{BaseURL: "http://api.linktr.ee/v1"}, "BaseURL is not https", true},
		"no scheme":          {api.Options{BaseURL: "api.linktr.ee/v1"}, "BaseURL is not https", false},
		"no host":            {api.Options{BaseURL: "https:///v1"}, "BaseURL has no host", false},
		"no URL":             {api.Options{BaseURL: "https://a b"}, "BaseURL is not a URL", false},
		"password":           {api.Options{BaseURL: "https://ada:s3cr3t@api.linktr.ee"}, "BaseURL has a user name", false},
		"query":              {api.Options{BaseURL: "https://api.linktr.ee/?key=s3cr3t"}, "BaseURL has a query", false},
		"fragment":           {api.Options{BaseURL: "https://api.linktr.ee/#s3cr3t"}, "BaseURL has a fragment", false},
		"pages":              {api.Options{MaxPages: -1}, "MaxPages is negative", false},
		"stale account":      {api.Options{Stale: &transport.StaleOptions{Account: func(context.Context) string { return "ada" }}}, "Stale.Account", false},
		"slash at the end":   {api.Options{BaseURL: "https://api.linktr.ee/v1/"}, "", true},
		"port":               {api.Options{BaseURL: "https://proxy.example:8443"}, "", true},
		"http webhook":       {api.Options{WebhookURL: "http://app.example/"}, "WebhookURL is not https", true},
		"local webhook":      {api.Options{WebhookURL: "https://localhost:8080/"}, "WebhookURL has a host that can't be reached", true},
		"loopback webhook":   {api.Options{WebhookURL: "https://127.0.0.1/"}, "WebhookURL has a host that can't be reached", true},
		"private webhook":    {api.Options{WebhookURL: "https://[fd00::1]/"}, "WebhookURL has a host that can't be reached", true},
		"webhook with query": {api.Options{WebhookURL: "https://app.example/hook?tenant=1"}, "", true},
		"timeout":            {api.Options{Timeouts: api.Timeouts{Analytics: -1}}, "Timeouts: one is negative", false},
		"size":               {api.Options{MaxAnswer: -1}, "MaxAnswer is not from 0", false},
		"huge size":          {api.Options{MaxAnswer: 1 << 62}, "MaxAnswer is not from 0", false},
		"user agent":         {api.Options{UserAgent: "a\nb"}, "UserAgent is not printable", false},
		"path":               {api.Options{Paths: schema.Paths{Me: "me"}}, "Paths.Me is not an absolute path", false},
		"path with a query":  {api.Options{Paths: schema.Paths{Me: "/me?x=1"}}, "Paths.Me is not an absolute path", false},
		"path of a host":     {api.Options{Paths: schema.Paths{Me: "//evil.example/me"}}, "Paths.Me is not an absolute path", false},
		"path without an id": {api.Options{Paths: schema.Paths{Link: "/links/id"}}, "Paths.Link needs {id} 1 times", false},
		"path with an id":    {api.Options{Paths: schema.Paths{Links: "/l/{id}"}}, "Paths.Links needs {id} 0 times", false},
		"stale operation":    {api.Options{Stale: &transport.StaleOptions{Operations: []string{api.OpWebhooks}}}, "Stale.Operations", false},
		"stale paths":        {api.Options{Stale: &transport.StaleOptions{Paths: []string{"*"}}}, "Stale.Paths", false},
		"stale times":        {api.Options{Stale: &transport.StaleOptions{FreshFor: 2, MaxStale: 1}}, "MaxStale is less than FreshFor", false},
		"limiter":            {api.Options{Limiter: &transport.LimiterOptions{Burst: 90}}, "NewLimiter: burst", false},
		"retry":              {api.Options{Retry: &transport.RetryOptions{Attempts: -1}}, "Attempts is negative", false},
		"breaker":            {api.Options{Breaker: &transport.BreakerOptions{Failures: -1}}, "NewBreaker", false},
		"headroom":           {api.Options{Headroom: &transport.HeadroomOptions{Warn: -1}}, "NewHeadroom", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := api.New(transport.StaticToken(goodToken), &tt.opts)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.Is(err, api.ErrConfig) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want an ErrConfig with %q", err, tt.want)
			case tt.want != "" && strings.Contains(err.Error(), "s3cr3t"):
				t.Errorf("the error shows too much: %v", err)
			}
			tt.opts.InsecureDevelopment = true
			if tt.opts.BaseURL == "" || strings.TrimRight(tt.opts.BaseURL, "/") == schema.BaseURL {
				tt.opts.BaseURL = "http://127.0.0.1:1"
			}
			if _, err := api.New(transport.StaticToken(goodToken), &tt.opts); (err == nil) != tt.dev {
				t.Errorf("in development: %v", err)
			}
		})
	}
}

// Everything that is wrong is told at once.
func TestConfigJoined(t *testing.T) {
	_, err := api.New(transport.StaticToken("changeme"), &api.Options{
		BaseURL:    "ftp://x",
		WebhookURL: "http://x",
		Timeouts:   api.Timeouts{Other: -1},
		PerMinute:  -1,
		Retry:      &transport.RetryOptions{Backoff: -1},
	})
	for _, want := range []string{"BaseURL", "WebhookURL", "Timeouts", "the token looks like", "perMinute", "Backoff"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing of %s in: %v", want, err)
		}
	}
	if _, err := api.New(nil, nil); !errors.Is(err, api.ErrConfig) {
		t.Errorf("nil source: %v", err)
	}
}

// A source that has no token at the start, or does not answer, is an error of
// New's, without what the source's own error gives away.
func TestSourceAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for name, source := range map[string]transport.SourceFunc{
			"down": func(context.Context, string) (string, error) {
				return "", &url.Error{Op: "Get", URL: "https://vault.example/?key=s3cr3t", Err: errors.New("connection refused")}
			},
			"silent": func(ctx context.Context, _ string) (string, error) {
				<-ctx.Done()
				return "", ctx.Err()
			},
		} {
			_, err := api.New(source, nil)
			if !errors.Is(err, api.ErrConfig) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("waited %v", d)
		}
	})
}

// Printing a client or its options does not print the token.
func TestClientPrints(t *testing.T) {
	c, err := api.New(transport.StaticToken(goodToken), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, c); strings.Contains(text, goodToken) {
			t.Errorf("%s prints the token", format)
		}
	}
}
