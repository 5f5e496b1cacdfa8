package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// An inboxStub stores what it is told to, and fails when it is told to.
type inboxStub struct {
	inbox.Box // nil: Inbox calls Put alone

	mu    sync.Mutex
	known map[idempotency.Key]inbox.Receipt
	err   error
}

func (b *inboxStub) Put(_ context.Context, e inbox.Entry) (inbox.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return inbox.Receipt{}, b.err
	}
	if r, ok := b.known[e.Key]; ok {
		r.Duplicate = true
		return r, nil
	}
	b.known[e.Key] = inbox.Receipt{Key: e.Key, Fingerprint: e.Fingerprint}
	return b.known[e.Key], nil
}

func (b *inboxStub) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// RunInbox checks the answers over a socket of an endpoint with an inbox in the
// place of Once. It is an http.Handler, and needs no adapter: mount puts it under
// any method of the framework, behind the framework's own recovery, and
// returns the whole. The path is /webhooks.
func RunInbox(t *testing.T, mount func(http.Handler) http.Handler) {
	t.Helper()
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	box := &inboxStub{known: make(map[idempotency.Key]inbox.Receipt)}
	hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(mount(hook.InboxReceiver(scheme, box, nil)))
	defer server.Close()

	first, second := hooktest.NewEvent("link.created", nil), hooktest.NewEvent("link.created", nil)
	for _, c := range []struct {
		name, method string
		ev           *hooktest.Event
		err          error
		status       int
		body         string
	}{
		{"HEAD", http.MethodHead, nil, nil, 200, ""},
		{"GET", http.MethodGet, nil, nil, 405, "Method not allowed"},
		{"unsigned", http.MethodPost, nil, nil, 401, "Missing signature"},
		{"not durable", http.MethodPost, &first, errors.New("disk full"), 503, "Try again later"},
		{"durable", http.MethodPost, &first, nil, 200, `{"received":true}`},
		{"again", http.MethodPost, &first, nil, 200, `{"duplicate":true}`},
		{"another", http.MethodPost, &second, nil, 200, `{"received":true}`},
	} {
		box.fail(c.err)
		if status, body := askInbox(t, server.URL, scheme, c.method, c.ev); status != c.status || body != c.body {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, body, c.status, c.body)
		}
	}
	if len(box.known) != 2 {
		t.Errorf("%d deliveries are stored, want 2", len(box.known))
	}
}

// askInbox sends a request, signed if there is an event, and returns its answer.
func askInbox(t *testing.T, url string, scheme *verify.Scheme, method string, ev *hooktest.Event) (int, string) {
	t.Helper()
	body := io.Reader(http.NoBody)
	if ev != nil {
		body = bytes.NewReader(ev.Body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url+"/webhooks", body)
	if err != nil {
		t.Fatal(err)
	}
	if ev != nil {
		if err := scheme.Sign(req.Header, verify.Envelope{ID: ev.ID, Time: time.Now()}, ev.Body); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	return resp.StatusCode, string(answer)
}
