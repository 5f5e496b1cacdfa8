package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// A registry is a provider's subscriptions with the freedoms that the contract
// leaves it.
type registry struct {
	mu       sync.Mutex
	hooks    []schema.Webhook
	ids      func() string
	unique   bool // 409 to a second subscription of a URL
	bare     bool // answers a registration with the id alone
	lags     bool // lists what there was at first
	dormant  bool // does not activate
	noDelete bool // refuses to delete
	calls    []string
}

func (g *registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls = append(g.calls, r.Method)
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/webhooks"), "/")
	at := func() int {
		return slices.IndexFunc(g.hooks, func(h schema.Webhook) bool { return h.ID == path[1] })
	}
	switch {
	case r.Method == http.MethodGet:
		list := g.hooks
		if g.lags {
			list = []schema.Webhook{}
		}
		_ = json.NewEncoder(w).Encode(schema.WebhooksPage{Webhooks: append([]schema.Webhook{}, list...)})
	case r.Method == http.MethodDelete && (g.noDelete || at() < 0):
		w.WriteHeader(map[bool]int{true: 403, false: 404}[g.noDelete])
	case r.Method == http.MethodDelete:
		g.hooks = slices.Delete(g.hooks, at(), at()+1)
	case len(path) > 1:
		h := &g.hooks[at()]
		h.Active, h.DisabledAt = !g.dormant, time.Time{}
		_ = json.NewEncoder(w).Encode(h)
	default:
		var in schema.WebhookInput
		_ = json.NewDecoder(r.Body).Decode(&in)
		if g.unique && slices.ContainsFunc(g.hooks, func(h schema.Webhook) bool { return h.URL == in.URL }) {
			w.WriteHeader(http.StatusConflict)
			return
		}
		h := schema.Webhook{ID: g.ids(), URL: in.URL, Events: in.Events, Active: !g.dormant}
		g.hooks = append(g.hooks, h)
		if g.bare {
			h = schema.Webhook{ID: h.ID}
			_ = json.NewEncoder(w).Encode(map[string]string{"id": h.ID})
			return
		}
		_ = json.NewEncoder(w).Encode(h)
	}
}

func hook(id, events string, active bool) schema.Webhook {
	h := schema.Webhook{ID: id, URL: receiverURL, Events: strings.Fields(events), Active: active}
	if !active {
		h.DisabledAt = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	}
	return h
}

func TestEnsureWebhook(t *testing.T) {
	other := hook("other", "a", true)
	other.URL = receiverURL + "/2"
	for name, tt := range map[string]struct {
		registry *registry
		want     api.Ensured
		left     string // ids, in order
		calls    string
	}{
		"nothing there": {
			want: api.Ensured{Webhook: hook("new", "a b", true), Action: api.Created},
			left: "new", calls: "GET POST GET",
		},
		"another URL's": {
			registry: &registry{hooks: []schema.Webhook{other}},
			want:     api.Ensured{Webhook: hook("new", "a b", true), Action: api.Created},
			left:     "other new", calls: "GET POST GET",
		},
		"there": {
			registry: &registry{hooks: []schema.Webhook{other, hook("w1", "c b a", true)}},
			want:     api.Ensured{Webhook: hook("w1", "c b a", true), Action: api.Unchanged},
			left:     "other w1", calls: "GET",
		},
		"switched off": {
			registry: &registry{hooks: []schema.Webhook{hook("w1", "a b", false)}},
			want:     api.Ensured{Webhook: hook("w1", "a b", true), Action: api.Enabled},
			left:     "w1", calls: "GET POST",
		},
		"lacks some": {
			registry: &registry{hooks: []schema.Webhook{hook("w1", "a c", true)}},
			want:     api.Ensured{Webhook: hook("new", "a b c", true), Action: api.Replaced, Removed: []string{"w1"}},
			left:     "new", calls: "GET POST GET DELETE",
		},
		"lacks some, one at a time": {
			registry: &registry{hooks: []schema.Webhook{hook("w1", "a c", true)}, unique: true},
			want:     api.Ensured{Webhook: hook("new", "a b c", true), Action: api.Replaced, Removed: []string{"w1"}},
			left:     "new", calls: "GET POST GET DELETE POST GET",
		},
		"an active one first": {
			registry: &registry{hooks: []schema.Webhook{hook("w1", "a b c", false), hook("w2", "a b", true)}},
			want:     api.Ensured{Webhook: hook("w2", "a b", true), Action: api.Unchanged},
			left:     "w1 w2", calls: "GET",
		},
		"too many": {
			registry: &registry{hooks: []schema.Webhook{hook("w3", "a b", true), hook("w1", "b", true), hook("w2", "a b", true), hook("w4", "x", true)}},
			want:     api.Ensured{Webhook: hook("w2", "a b", true), Action: api.Unchanged, Removed: []string{"w3", "w1"}},
			left:     "w2 w4", calls: "GET DELETE DELETE",
		},
		"an answer of the id alone": {
			registry: &registry{bare: true, lags: true},
			want:     api.Ensured{Webhook: hook("new", "a b", true), Action: api.Created},
			left:     "new", calls: "GET POST GET",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := tt.registry
			if g == nil {
				g = new(registry)
			}
			g.ids = func() string { return "new" }
			c := scripted(t, g.ServeHTTP, nil)
			got, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"b", "a", "b"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("result: %s", diff)
			}
			if calls := strings.Join(g.calls, " "); calls != tt.calls {
				t.Errorf("requests: %s, want %s", calls, tt.calls)
			}
			var left []string
			for _, h := range g.hooks {
				left = append(left, h.ID)
			}
			if diff := cmp.Diff(strings.Fields(tt.left), left); diff != "" {
				t.Errorf("left: %s", diff)
			}
			if g.lags {
				return
			}
			g.calls = nil
			again, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"a", "b"})
			if err != nil || again.Action != api.Unchanged || again.ID != got.ID || !slices.Equal(g.calls, []string{"GET"}) {
				t.Errorf("again: %+v, %v, requests %v", again, err, g.calls)
			}
		})
	}
}

func TestEnsureWebhookURL(t *testing.T) {
	for there, same := range map[string]bool{
		"HTTPS://App.Hooklatch.ORG/webhooks/linktree":     true,
		"https://app.hooklatch.org:443/webhooks/linktree": true,
		"https://app.hooklatch.org:80/webhooks/linktree":  false,
		"https://app.hooklatch.org/webhooks/Linktree":     false,
		"https://app.hooklatch.org/webhooks/linktree/":    false,
		"https://app.hooklatch.org/webhooks/linktree?":    false,
		"::": false,
	} {
		w := hook("w1", "a", true)
		w.URL = there
		g := &registry{hooks: []schema.Webhook{w}, ids: func() string { return "new" }}
		// The URL of the options counts if the call has none.
		c := scripted(t, g.ServeHTTP, &api.Options{WebhookURL: receiverURL})
		got, err := c.EnsureWebhook(t.Context(), "", []string{"a"})
		if err != nil || (got.Action == api.Unchanged) != same {
			t.Errorf("%s: %+v, %v", there, got, err)
		}
	}
}

func TestEnsureWebhookFails(t *testing.T) {
	refusing := &registry{hooks: []schema.Webhook{hook("w1", "a", true), hook("w2", "a b", true)}, noDelete: true}
	got, err := scripted(t, refusing.ServeHTTP, nil).EnsureWebhook(t.Context(), receiverURL, []string{"a", "b"})
	wantError(t, "tidying", err, api.ErrForbidden)
	if got.ID != "w2" || got.Action != api.Unchanged || got.Removed != nil {
		t.Errorf("tidying fails: %+v, want the subscription all the same", got)
	}
	for name, hooks := range map[string][]schema.Webhook{"created": nil, "enabled": {hook("w1", "a b", false)}} {
		g := &registry{hooks: hooks, dormant: true, ids: func() string { return "new" }}
		_, err := scripted(t, g.ServeHTTP, nil).EnsureWebhook(t.Context(), receiverURL, []string{"a", "b"})
		wantError(t, name, err, api.ErrMalformed)
	}
	_, err = scripted(t, says(403, "{}"), nil).EnsureWebhook(t.Context(), receiverURL, []string{"a"})
	wantError(t, "list", err, api.ErrForbidden)
}

// Callers of one client register once, and who gives up while waiting gets an
// answer at once.
func TestEnsureWebhookAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, api.Options{})
		fake.Fault(linktreetest.Fault{Latency: time.Second})
		var wg sync.WaitGroup
		var mu sync.Mutex
		did := map[api.Action]int{}
		for range 10 {
			wg.Go(func() {
				got, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"link.created"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				did[got.Action]++
			})
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := c.EnsureWebhook(ctx, receiverURL, []string{"link.created"})
			wantError(t, "waiting", err, api.ErrTimeout)
			if d := time.Since(start); d != 500*time.Millisecond {
				t.Errorf("gave up after %v", d)
			}
		})
		wg.Wait()
		want := map[api.Action]int{api.Created: 1, api.Unchanged: 9}
		if diff := cmp.Diff(want, did); diff != "" || len(ada.Webhooks()) != 1 {
			t.Errorf("%s%d subscriptions", diff, len(ada.Webhooks()))
		}
	})
}

// Processes that start at once can register more than one; in the end there is
// one, in whatever order they come.
func TestEnsureWebhookOfManyProcesses(t *testing.T) {
	for _, order := range []int{1, -1} { // whose id is the lowest
		n := 500
		g := &registry{ids: func() string { n += order; return "w" + string(rune('a'+n%500)) }}
		srv := httptest.NewServer(g)
		var wg sync.WaitGroup
		for range 8 {
			c := client(t, srv.URL, "tok_of_ada_8f3a91", nil)
			wg.Go(func() {
				if _, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"a"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		srv.Close()
		if len(g.hooks) != 1 || !g.hooks[0].Active {
			t.Errorf("left: %+v", g.hooks)
		}
	}
}

// The answer to the registration is lost: it is repeated where the provider
// honours keys, and looked for where it does not. Once is enough.
func TestEnsureWebhookAnswerLost(t *testing.T) {
	for _, keys := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			fake, ada, c := openBubble(t, api.Options{Retry: &transport.RetryOptions{IdempotencyKeys: keys}})
			fake.Fault(linktreetest.Fault{Method: http.MethodPost, Ending: linktreetest.Cut, Times: 2})
			got, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"link.created"})
			if err != nil || got.Action != api.Created || len(ada.Webhooks()) != 1 {
				t.Errorf("keys %v: %+v, %v, subscriptions %v", keys, got, err, ada.Webhooks())
			}
		})
	}
}

// The provider switches a subscription off, and the client has it on again.
func TestEnsureWebhookAfterOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := linktreetest.New(&linktreetest.Options{SkipReachability: true, Transport: transport.Func(
			func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded },
		)})
		defer down.Close()
		ada := down.Creator("ada")
		base := transport.Func(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			down.ServeHTTP(w, r)
			return w.Result(), nil
		})
		c := client(t, "http://fake.test", ada.Token(), &api.Options{Transport: base})
		if _, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"link.created"}); err != nil {
			t.Fatal(err)
		}
		for ada.Webhooks()[0].Active {
			ada.CreateLink("Shop", "https://shop.example")
			time.Sleep(time.Hour)
		}
		got, err := c.EnsureWebhook(t.Context(), receiverURL, []string{"link.created"})
		if err != nil || got.Action != api.Enabled || !got.Active || !got.DisabledAt.IsZero() || !ada.Webhooks()[0].Active {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestWebhooks(t *testing.T) {
	_, ada, c := open(t, nil)
	ctx := t.Context()
	for range 25 { // two pages of the fake's
		if _, err := c.CreateWebhook(ctx, receiverURL, []string{"link.created", "link.deleted"}); err != nil {
			t.Fatal(err)
		}
	}
	var got []schema.Webhook
	for w, err := range c.Webhooks(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, w)
	}
	if diff := cmp.Diff(ada.Webhooks(), got); diff != "" || len(got) != 25 {
		t.Errorf("%d subscriptions: %s", len(got), diff)
	}
	if w, err := c.EnableWebhook(ctx, got[0].ID); err != nil || !cmp.Equal(w, got[0]) {
		t.Errorf("enabled: %+v, %v", w, err)
	}
	if err := c.DeleteWebhook(ctx, got[0].ID); err != nil || len(ada.Webhooks()) != 24 {
		t.Errorf("deleted: %v, left %d", err, len(ada.Webhooks()))
	}
	wantError(t, "again", c.DeleteWebhook(ctx, got[0].ID), api.ErrNotFound)
	events := []string{"a", "b"} // stay the caller's
	other := scripted(t, says(201, `{"id":"w1","events":["x","y"]}`), nil)
	if w, err := other.CreateWebhook(ctx, receiverURL, events); err != nil || w.Events[0] != "x" || events[0] != "a" {
		t.Errorf("%+v, %v, events %v", w, err, events)
	}
	var last error
	for _, err := range scripted(t, says(200, `{"subscriptions":[]}`), nil).Webhooks(ctx) {
		last = err
	}
	wantError(t, "no webhooks", last, api.ErrMalformed)
}
