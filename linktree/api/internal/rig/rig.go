// Package rig has clients of the fake provider, for the tests of this module.
package rig

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// Open serves a fake on a real socket, and returns its creator ada and a client
// with a token of hers.
func Open(t *testing.T, o *api.Options) (*linktreetest.Provider, *linktreetest.Creator, *api.Client) {
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
	return fake, ada, Client(t, srv.URL, ada.Token(), o)
}

// OpenBubble is Open in a bubble of testing/synctest, in memory.
func OpenBubble(t *testing.T, o api.Options) (*linktreetest.Provider, *linktreetest.Creator, *api.Client) {
	t.Helper()
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	srv := hooktest.NewServer(t, fake)
	t.Cleanup(fake.Close)
	ada := fake.Creator("ada")
	o.Transport = srv.Client().Transport
	return fake, ada, Client(t, srv.URL, ada.Token(), &o)
}

// Client returns a client of the server at the URL. Unless o says otherwise it
// sends nothing twice, and does not wait.
func Client(t *testing.T, url, token string, o *api.Options) *api.Client {
	t.Helper()
	var opts api.Options
	if o != nil {
		opts = *o
	}
	opts.BaseURL, opts.InsecureDevelopment = url, true
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Retry == nil {
		opts.Retry = &transport.RetryOptions{Attempts: 1}
	}
	if opts.Limiter == nil && opts.PerMinute == 0 {
		opts.PerMinute = 1e6
		opts.Limiter = &transport.LimiterOptions{Classes: map[string]int{}}
	}
	c, err := api.New(transport.StaticToken(token), &opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}
