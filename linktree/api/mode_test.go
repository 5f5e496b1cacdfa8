package api_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
	"github.com/hooklatch/hooklatch/transport/tokens"
)

// What is for a sandbox is refused in production, and the other way round.
func TestModes(t *testing.T) {
	const sandboxURL, neutral = "https://sandbox.api.example/v1", "tok_9hXk3VtQ2nR7"
	for name, tt := range map[string]struct {
		opts  api.Options
		token string
		want  string // in the error; empty for none
	}{
		"production":                    {api.Options{}, goodToken, ""},
		"a sandbox's URL":               {api.Options{BaseURL: sandboxURL}, goodToken, "BaseURL looks like that of a sandbox"},
		"a staging host":                {api.Options{BaseURL: "https://api-staging2.example"}, goodToken, "BaseURL looks like that of a sandbox"},
		"a host that contains a word":   {api.Options{BaseURL: "https://latest.example/dev"}, goodToken, ""},
		"a sandbox's token":             {api.Options{}, "lt_sandbox_9hXk3VtQ2nR7", "looks like one for a sandbox"},
		"a test token":                  {api.Options{}, "sk_test_9hXk3VtQ2nR7", "looks like one for a sandbox"},
		"sandbox":                       {api.Options{BaseURL: sandboxURL, Sandbox: true}, "lt_test_9hXk3VtQ2nR7", ""},
		"sandbox, neutral token":        {api.Options{BaseURL: sandboxURL, Sandbox: true}, neutral, ""},
		"sandbox without a URL":         {api.Options{Sandbox: true}, neutral, "Sandbox is set: set the sandbox's"},
		"sandbox at production":         {api.Options{Sandbox: true, BaseURL: "https://api.prod.example"}, neutral, "looks like that of production"},
		"sandbox, production's token":   {api.Options{BaseURL: sandboxURL, Sandbox: true}, goodToken, "looks like one for production"},
		"sandbox, placeholder":          {api.Options{BaseURL: sandboxURL, Sandbox: true}, "changeme", "placeholder"},
		"sandbox over http":             {api.Options{BaseURL: "http://sandbox.example", Sandbox: true}, neutral, "is not https"},
		"development at production":     {api.Options{InsecureDevelopment: true}, goodToken, "BaseURL is that of production"},
		"development and sandbox":       {api.Options{InsecureDevelopment: true, Sandbox: true, BaseURL: sandboxURL}, neutral, "exclude each other"},
		"development":                   {api.Options{InsecureDevelopment: true, BaseURL: "http://localhost:1"}, goodToken, ""},
		"production's URL with a slash": {api.Options{Sandbox: true, BaseURL: schema.BaseURL + "/"}, neutral, "BaseURL is that of production"},
	} {
		_, err := api.New(transport.StaticToken(tt.token), &tt.opts)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (!errors.Is(err, api.ErrConfig) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want an ErrConfig with %q", name, err, tt.want)
		}
	}
}

// Tokens that a manager has withdrawn are used no more, though those of one that
// is down are.
func TestWithdrawnToken(t *testing.T) {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()
	all := []tokens.Token{{Value: fake.Creator("ada").Token()}}
	source := tokens.New(func(context.Context) ([]tokens.Token, error) { return all, nil }, &tokens.Options{Logger: quiet})
	c, err := api.New(source, &api.Options{BaseURL: srv.URL, InsecureDevelopment: true, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	if _, err := c.Me(t.Context()); err != nil {
		t.Error(err)
	}
	all = nil
	if err := source.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = c.Me(t.Context())
	wantError(t, "withdrawn", err, api.ErrNoToken)
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
