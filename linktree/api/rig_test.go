package api_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

const receiverURL = "https://app.hooklatch.org/webhooks/linktree"

var quiet = slog.New(slog.DiscardHandler)

// open serves a fake on a real socket, and returns its creator ada and a client
// with a token of hers.
func open(t *testing.T, o *api.Options) (*linktreetest.Provider, *linktreetest.Creator, *api.Client) {
	t.Helper()
	fake := linktreetest.New(&linktreetest.Options{
		SkipReachability: true,
		Extra:            map[string]any{"newer": map[string]any{"than": "the client"}},
	})
	srv := httptest.NewServer(fake)
	t.Cleanup(func() {
		fake.Close()
		srv.Close()
	})
	ada := fake.Creator("ada")
	return fake, ada, client(t, srv.URL, ada.Token(), o)
}

// openBubble is open in a bubble, in memory.
func openBubble(t *testing.T, o api.Options) (*linktreetest.Provider, *linktreetest.Creator, *api.Client) {
	t.Helper()
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	srv := hooktest.NewServer(t, fake)
	t.Cleanup(fake.Close)
	ada := fake.Creator("ada")
	o.Transport = srv.Client().Transport
	return fake, ada, client(t, srv.URL, ada.Token(), &o)
}

// client returns a client of the server at the URL. Unless o says otherwise it
// sends nothing twice, and does not wait.
func client(t *testing.T, url, token string, o *api.Options) *api.Client {
	t.Helper()
	var opts api.Options
	if o != nil {
		opts = *o
	}
	opts.BaseURL, opts.InsecureDevelopment = url, true
	if opts.Logger == nil {
		opts.Logger = quiet
	}
	if opts.Retry == nil {
		opts.Retry = &transport.RetryOptions{Attempts: 1}
	}
	if opts.Limiter == nil {
		opts.Limiter = &transport.LimiterOptions{PerMinute: 1e6}
	}
	c, err := api.New(transport.StaticToken(token), &opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// scripted returns a client of a server with the handler.
func scripted(t *testing.T, h http.HandlerFunc, o *api.Options) *api.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return client(t, srv.URL, "tok_of_ada_8f3a91", o)
}

// says answers with the status and the body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func ptr[T any](v T) *T { return &v }
