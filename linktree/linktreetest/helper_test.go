package linktreetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A caller talks to a provider with a token.
type caller struct {
	t      *testing.T
	client *http.Client
	url    string
	token  string
}

// open serves a provider on a real socket and returns its creator ada, and a
// caller with a token of hers.
func open(t *testing.T, o *linktreetest.Options) (*linktreetest.Provider, *linktreetest.Creator, *caller) {
	t.Helper()
	fake := linktreetest.New(o)
	srv := httptest.NewServer(fake)
	t.Cleanup(func() {
		fake.Close()
		srv.Close()
	})
	ada := fake.Creator("ada")
	return fake, ada, &caller{t, srv.Client(), srv.URL, ada.Token()}
}

// openBubble is open in a bubble, in memory.
func openBubble(t *testing.T, o *linktreetest.Options) (*linktreetest.Provider, *linktreetest.Creator, *caller) {
	t.Helper()
	fake := linktreetest.New(o)
	srv := hooktest.NewServer(t, fake)
	t.Cleanup(fake.Close) // runs before the server's
	ada := fake.Creator("ada")
	return fake, ada, &caller{t, srv.Client(), srv.URL, ada.Token()}
}

// as returns a caller with another token.
func (c *caller) as(token string) *caller {
	other := *c
	other.token = token
	return &other
}

type reply struct {
	Status int
	Header http.Header
	Body   string
}

// request makes a request; headers are names and values in turn.
func (c *caller) request(method, path, body string, headers ...string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// try returns the answer and why there was none, or not all of it.
func (c *caller) try(r *http.Request) (reply, error) {
	resp, err := c.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body)}, err
}

func (c *caller) do(method, path, body string, headers ...string) reply {
	c.t.Helper()
	rep, err := c.try(c.request(method, path, body, headers...))
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return rep
}

// wants fails the test if the answer has another status, or, where code isn't
// empty, another error code.
func (c *caller) wants(status int, code string, rep reply) {
	c.t.Helper()
	if rep.Status != status {
		c.t.Errorf("status %d, want %d: %s", rep.Status, status, rep.Body)
		return
	}
	if code == "" {
		return
	}
	if got := read[schema.ErrorResponse](c.t, rep).Error; got.Code != code || got.Message == "" {
		c.t.Errorf("error %+v, want code %s and a message", got, code)
	}
}

func read[T any](t *testing.T, rep reply) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(rep.Body), &v); err != nil {
		t.Fatalf("%v: %q", err, rep.Body)
	}
	return v
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
