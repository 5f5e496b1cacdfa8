package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// posts answers the POST requests one after the other with what may stand in
// for the registry; the last one for all that follow.
func posts(g *registry, answers ...http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			answer := answers[min(n, len(answers)-1)]
			n++
			if answer != nil {
				answer(w, r)
				return
			}
		}
		g.ServeHTTP(w, r)
	}
}

// The first attempt has registered, but its answer was lost, and the second is
// told that it is there already: nothing is to be deleted.
func TestEnsureWebhookConflictWithItself(t *testing.T) {
	g := &registry{hooks: []schema.Webhook{hook("w1", "a", true)}, ids: func() string { return "new" }}
	c := scripted(t, posts(g, func(w http.ResponseWriter, r *http.Request) {
		g.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusBadGateway)
	}, says(409, `{"error":{"code":"idempotency_in_progress"}}`)), &api.Options{
		Retry: &transport.RetryOptions{Attempts: 2, Backoff: time.Millisecond, IdempotencyKeys: true},
	})
	got, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"a", "b"})
	if err != nil || got.ID != "new" || !slices.Equal(got.Removed, []string{"w1"}) || len(g.hooks) != 1 || g.hooks[0].ID != "new" {
		t.Errorf("%+v, %v, left %+v", got, err, g.hooks)
	}
	// Without any before it is the same.
	g = &registry{ids: func() string { return "new" }}
	c = scripted(t, posts(g, func(w http.ResponseWriter, r *http.Request) {
		g.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusConflict)
	}), nil)
	got, err = c.EnsureWebhook(t.Context(), receiverURL, []string{"a"})
	if err != nil || got.ID != "new" || len(g.hooks) != 1 {
		t.Errorf("%+v, %v, left %+v", got, err, g.hooks)
	}
}

// A conflict with nothing is the provider's refusal.
func TestEnsureWebhookConflictWithNothing(t *testing.T) {
	g := new(registry)
	_, err := scripted(t, posts(g, says(409, "{}")), nil).EnsureWebhook(t.Context(), receiverURL, []string{"a"})
	wantError(t, "conflict", err, api.ErrRefused)
	if calls := strings.Join(g.calls, " "); calls != "GET GET" {
		t.Errorf("requests: %s", calls)
	}
}

// What had to be deleted first is registered again when its successor is
// refused, also when the caller has no time left.
func TestEnsureWebhookRestores(t *testing.T) {
	for name, fails := range map[string]func(context.CancelFunc) http.HandlerFunc{
		"refused": func(context.CancelFunc) http.HandlerFunc { return says(503, "{}") },
		"given up": func(cancel context.CancelFunc) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				cancel()
				<-r.Context().Done()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := &registry{hooks: []schema.Webhook{hook("w1", "a c", true)}, unique: true, ids: func() string { return "again" }}
			c := scripted(t, posts(g, nil, fails(cancel), nil), nil)
			got, err := c.EnsureWebhook(ctx, receiverURL, []string{"a", "b"})
			want := api.Ensured{Webhook: hook("again", "a c", true), Action: api.Replaced, Removed: []string{"w1"}}
			if diff := cmp.Diff(want, got); diff != "" || err == nil {
				t.Errorf("%v %s", err, diff)
			}
			if diff := cmp.Diff([]schema.Webhook{want.Webhook}, g.hooks); diff != "" {
				t.Errorf("left: %s", diff)
			}
		})
	}
	// If that fails as well, the result says what is gone.
	g := &registry{hooks: []schema.Webhook{hook("w1", "a c", true)}, unique: true}
	got, err := scripted(t, posts(g, nil, says(503, "{}")), nil).EnsureWebhook(t.Context(), receiverURL, []string{"a", "b"})
	want := api.Ensured{Action: api.Replaced, Removed: []string{"w1"}}
	if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, api.ErrServer) {
		t.Errorf("%v %s", err, diff)
	}
}

// A provider that writes URLs in its own way still has one subscription only.
func TestEnsureWebhookURLRewritten(t *testing.T) {
	for asked, stored := range map[string]string{
		"https://app.hooklatch.org:443/hook": "https://app.hooklatch.org/hook",
		"https://app.hooklatch.org/hook/":    "https://app.hooklatch.org/hook",
	} {
		n := byte('a')
		g := &registry{ids: func() string { n++; return "w" + string(n) }}
		c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), asked, stored, 1)))
			}
			g.ServeHTTP(w, r)
		}, nil)
		for range 4 {
			if got, err := c.EnsureWebhook(t.Context(), asked, []string{"a"}); err != nil || got.ID != "wb" {
				t.Errorf("%s: %+v, %v", asked, got, err)
			}
		}
		if len(g.hooks) != 1 {
			t.Errorf("%s: left %+v", asked, g.hooks)
		}
	}
}

// No events are all, and an empty answer is one.
func TestEnsureWebhookDefaults(t *testing.T) {
	off := hook("w1", "", false)
	off.Events = linktree.EventTypes()
	g := &registry{hooks: []schema.Webhook{off}}
	c := scripted(t, posts(g, says(204, "")), nil)
	got, err := c.EnsureWebhook(t.Context(), receiverURL, nil)
	if err != nil || got.Action != api.Enabled || !got.Active || len(got.Events) != len(linktree.EventTypes()) {
		t.Errorf("%+v, %v", got, err)
	}
	if w, err := c.EnableWebhook(t.Context(), "w1"); err != nil || w.ID != "w1" || !w.Active {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err := c.CreateWebhook(t.Context(), receiverURL, []string{"a"}); err != nil || w.URL != receiverURL || !w.Active {
		t.Errorf("created without an id: %+v, %v", w, err)
	}
	_, err = scripted(t, says(204, ""), nil).Health(t.Context())
	wantError(t, "an empty read", err, api.ErrMalformed)
}
