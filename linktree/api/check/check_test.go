package check_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/api/internal/rig"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// All is well: what is asked, and what is said.
func Test(t *testing.T) {
	s := newSite(t)
	s.client.WebhookURL = "https://127.0.0.1:1/" // the check's own comes before it
	r := s.report(t)
	if r.Status() != check.Pass || r.ExitCode() != 0 || time.Since(r.Time) > time.Minute {
		t.Errorf("%s\nat %v", r, r.Time)
	}
	var names []string
	for _, item := range r.Items {
		names = append(names, item.Name)
		asks := item.Name != check.Headroom && item.Name != check.Clock
		if item.Detail == "" || item.Err != nil || item.Duration > 0 != asks {
			t.Errorf("%+v", item)
		}
	}
	if diff := cmp.Diff([]string{
		check.Health, check.Auth, check.Headroom, check.Webhook,
		check.Links, check.Subscription, check.Clock,
	}, names); diff != "" {
		t.Error(diff)
	}
	var asked []string
	for _, q := range s.fake.Requests() {
		if q.Header.Get("Authorization") == "Bearer "+s.token {
			asked = append(asked, q.Method+" "+q.Path+"?"+q.Query)
			if q.Header.Get("Cache-Control") != "no-cache" {
				t.Errorf("%s: %v: a cache may answer", q.Path, q.Header)
			}
		}
	}
	if diff := cmp.Diff([]string{"GET /health?", "GET /me?", "GET /links?limit=1", "GET /webhooks?"}, asked); diff != "" {
		t.Error(diff)
	}
	if len(s.heads) != 1 || s.heads[0].Method != http.MethodHead || s.heads[0].URL.RequestURI() != hiddenPath+"?"+hiddenQuery ||
		s.heads[0].UserAgent() != "hooklatch-linktree" || s.heads[0].Header["Authorization"] != nil {
		t.Errorf("asked of the receiver: %+v", s.heads)
	}
	for name, want := range map[string]string{
		check.Auth:         "the token is valid, for the account of ada",
		check.Headroom:     "98 requests are left until the rate limit",
		check.Webhook:      "answers HEAD over TLS 1.3; the certificate lasts 89 days more",
		check.Subscription: fmt.Sprintf("active, with %d event types", len(linktree.EventTypes())),
	} {
		if got := find(t, r, name).Detail; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What is wrong with the API shows in the items that it concerns.
func TestAPI(t *testing.T) {
	const rest = " auth=skipped headroom=skipped links=skipped subscription=skipped"
	fault := func(f linktreetest.Fault) func(*site) { return func(s *site) { s.fake.Fault(f) } }
	hang := func(path string) func(*site) {
		return func(s *site) {
			s.check.Timeout = time.Second
			s.fake.Fault(linktreetest.Fault{Path: path, Ending: linktreetest.Hang})
		}
	}
	for name, tt := range map[string]struct {
		spoil  func(*site)
		want   string // outcome
		item   string // whose detail has the text
		detail string
		kind   error // of its error
	}{
		"revoked": {
			func(s *site) { s.fake.Revoke(s.token) },
			"auth=fail headroom=skipped links=skipped subscription=skipped", check.Auth, "issue a new one", api.ErrUnauthorized,
		},
		"forbidden account": {
			fault(linktreetest.Fault{Path: "/me", Status: 403}),
			"auth=fail", check.Auth, "valid, but is not allowed to read its own account", api.ErrForbidden,
		},
		"an account without a name": {
			fault(linktreetest.Fault{Path: "/me", Body: `{"id":"1"}`}),
			"", check.Auth, "the token is valid", nil,
		},
		"no account": {
			fault(linktreetest.Fault{Path: "/me", Body: "{}"}),
			"auth=fail", check.Auth, "the answer is not the API's", api.ErrMalformed,
		},
		"forbidden links": {
			func(s *site) { s.token = s.ada.Token(linktreetest.ScopeWebhooksRead) },
			"links=fail", check.Links, "not allowed to read links", api.ErrForbidden,
		},
		"forbidden subscriptions": {
			func(s *site) { s.token = s.ada.Token(linktreetest.ScopeLinksRead) },
			"subscription=fail", check.Subscription, "not allowed to list subscriptions", api.ErrForbidden,
		},
		"health wants a token": {
			func(s *site) {
				s.fake.Revoke(s.token)
				s.fake.Fault(linktreetest.Fault{Path: "/health", Status: 401})
			},
			"health=fail auth=fail headroom=skipped links=skipped subscription=skipped", check.Health, "issue a new one", api.ErrUnauthorized,
		},
		"no token": {
			func(s *site) {
				s.client.Layers = func(http.RoundTripper) http.RoundTripper {
					return transport.Func(func(*http.Request) (*http.Response, error) { return nil, api.ErrNoToken })
				}
			},
			"health=fail auth=fail headroom=skipped links=skipped subscription=skipped clock=skipped", check.Auth, "no token to send", api.ErrNoToken,
		},
		"down": {
			fault(linktreetest.Fault{Status: 503}),
			"health=fail" + rest, check.Health, "the provider fails", api.ErrServer,
		},
		"hanging": {
			hang(""),
			"health=fail" + rest + " clock=skipped", check.Health, "no answer in time", api.ErrTimeout,
		},
		"hanging later": {
			hang("/me"),
			"auth=fail", check.Auth, "the token is not the reason", api.ErrTimeout,
		},
		"unreachable": {
			func(s *site) { s.base = "http://127.0.0.1:1" },
			"health=fail" + rest + " clock=skipped", check.Health, "can't be reached", nil,
		},
		"one part failing": {
			fault(linktreetest.Fault{Path: "/links", Status: 500}),
			"links=fail", check.Links, "the provider fails", api.ErrServer,
		},
		"no health endpoint": {
			fault(linktreetest.Fault{Path: "/health", Status: 404}),
			"health=fail", check.Health, "Options.Paths", api.ErrNotFound,
		},
		"a proxy's page": {
			fault(linktreetest.Fault{Path: "/health", Body: "<html>"}),
			"health=fail", check.Health, "the answer is not the API's", api.ErrMalformed,
		},
		"degraded": {
			fault(linktreetest.Fault{Path: "/health", Body: `{"status":"degraded"}`}),
			"health=warn", check.Health, "says that it is degraded", nil,
		},
		"odd words": {
			fault(linktreetest.Fault{Path: "/health", Body: `{"status":"<b>\u001b[31m"}`}),
			"", check.Health, "the API is up", nil,
		},
		"over the limit": {
			func(s *site) {
				s.fake.Fault(linktreetest.Fault{Status: 429, RetryAfter: 30 * time.Second, Header: http.Header{"X-RateLimit-Remaining": {"0"}}})
			},
			"health=fail auth=warn headroom=fail links=warn subscription=warn", check.Headroom, "find what else uses the token", nil,
		},
		"little headroom": {
			fault(linktreetest.Fault{Header: http.Header{"X-RateLimit-Remaining": {"20"}}}),
			"headroom=fail", check.Headroom, "20 requests are left until the rate limit, and it should be more than 20", nil,
		},
		"just enough headroom": {
			fault(linktreetest.Fault{Header: http.Header{"X-RateLimit-Remaining": {"21"}}}),
			"", check.Headroom, "21 requests are left", nil,
		},
		"another headroom": {
			func(s *site) { s.check.MinHeadroom = 98 },
			"headroom=fail", check.Headroom, "more than 98", nil,
		},
		"no headroom header": {
			fault(linktreetest.Fault{NoRateLimit: true}),
			"headroom=warn", check.Headroom, "X-RateLimit-Remaining", nil,
		},
		"given up": {
			func(s *site) {
				ctx, cancel := context.WithCancel(s.ctx)
				cancel()
				s.ctx = ctx
			},
			"health=fail auth=skipped headroom=skipped webhook=skipped links=skipped subscription=skipped clock=skipped",
			check.Health, "given up before", context.Canceled,
		},
		"given up half-way": {
			func(s *site) {
				ctx, cancel := context.WithCancel(s.ctx)
				s.ctx = ctx
				s.answer = func(_ http.ResponseWriter, r *http.Request) {
					cancel()
					<-r.Context().Done() // no answer may come first
				}
			},
			"webhook=fail links=skipped subscription=skipped", check.Webhook, "given up", context.Canceled,
		},
		"given up while the API is asked": {
			func(s *site) {
				ctx, cancel := context.WithCancel(s.ctx)
				s.ctx = ctx
				s.client.Transport = transport.Func(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/links" {
						cancel()
					}
					return http.DefaultTransport.RoundTrip(r)
				})
			},
			"links=fail subscription=skipped", check.Links, "given up", context.Canceled,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			tt.spoil(s)
			r := s.report(t)
			if got := outcome(r); got != tt.want {
				t.Errorf("%q, want %q:\n%s", got, tt.want, r)
			}
			for _, item := range r.Items {
				if item.Status == check.Skipped && (item.Detail == "" || item.Err != nil || item.Duration != 0) {
					t.Errorf("%+v", item)
				}
			}
			item := find(t, r, tt.item)
			if !strings.Contains(item.Detail, tt.detail) || tt.kind != nil && !errors.Is(item.Err, tt.kind) {
				t.Errorf("%q, %v; want %q, %v", item.Detail, item.Err, tt.detail, tt.kind)
			}
		})
	}
}

func TestSubscription(t *testing.T) {
	list := func(hooks string) func(*site) {
		return func(s *site) {
			s.check.Events = []string{"a", "b"}
			s.fake.Fault(linktreetest.Fault{Path: "/webhooks", Body: `{"webhooks":[` +
				strings.ReplaceAll(hooks, "URL", s.check.WebhookURL) + `]}`})
			s.check.WebhookURL = "HTTPS" + strings.TrimPrefix(s.check.WebhookURL, "https")
		}
	}
	for name, tt := range map[string]struct {
		spoil  func(*site)
		status check.Status
		detail string
	}{
		"none":        {list(""), check.Fail, "EnsureWebhook registers it"},
		"another URL": {list(`{"id":"1","url":"URL/2","events":["a","b"],"active":true}`), check.Fail, "EnsureWebhook registers it"},
		"all":         {list(`{"id":"1","url":"URL","events":["c","b","a"],"active":true}`), check.Pass, "active, with 2 event types"},
		"lacks some": {
			list(`{"id":"1","url":"URL","events":["a"],"active":true},{"id":"2","url":"URL","events":["b"],"active":false}`),
			check.Fail, "lacks b: EnsureWebhook replaces it",
		},
		"switched off": {
			list(`{"id":"1","url":"URL","events":["a","b"],"active":false,"disabled_at":"2026-01-31T01:00:00+01:00"}`),
			check.Fail, "switched the subscription off since 2026-01-31T00:00:00Z",
		},
		"switched off, without a time": {
			list(`{"id":"1","url":"URL","events":["a","b"],"active":false}`), check.Fail, "subscription off: find out",
		},
		"two": {
			list(`{"id":"1","url":"URL","events":["a","b"],"active":true},{"id":"2","url":"URL","events":["b"],"active":true}`),
			check.Warn, "2 active subscriptions",
		},
		"one and an old one": {
			list(`{"id":"1","url":"URL","events":["a","b"],"active":true},{"id":"2","url":"URL","events":["b"],"active":false}`),
			check.Pass, "active",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			tt.spoil(s)
			item := find(t, s.report(t), check.Subscription)
			if item.Status != tt.status || !strings.Contains(item.Detail, tt.detail) {
				t.Errorf("%s: %q, want %s: %q", item.Status, item.Detail, tt.status, tt.detail)
			}
		})
	}
}

// Receivers fail for three days: the check says what has become of the
// subscription, and what to do helps.
func TestAfterOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := linktreetest.New(&linktreetest.Options{SkipReachability: true, Transport: transport.Func(
			func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded },
		)})
		defer fake.Close()
		ada := fake.Creator("ada")
		c := rig.Client(t, "http://fake.test", ada.Token(), &api.Options{Transport: transport.Func(
			func(r *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				fake.ServeHTTP(w, r)
				return w.Result(), nil
			},
		)})
		// Not https: nothing is sent there.
		o := &check.Options{WebhookURL: "http://app.hooklatch.org/"}
		ensure := func() {
			if _, err := c.EnsureWebhook(t.Context(), o.WebhookURL, linktree.EventTypes()); err != nil {
				t.Fatal(err)
			}
		}
		run := func(want string) {
			t.Helper()
			if r := check.Run(t.Context(), c, o); outcome(r) != want {
				t.Errorf("%q, want %q:\n%s", outcome(r), want, r)
			}
		}
		run("webhook=fail subscription=fail")
		ensure()
		run("webhook=fail")
		for ada.Webhooks()[0].Active {
			ada.CreateLink("Shop", "https://shop.example")
			time.Sleep(time.Hour)
		}
		run("webhook=fail subscription=fail")
		ensure()
		run("webhook=fail")
	})
}

// What is in memory is no answer, and what the check reads is not kept from the
// program: a check in an outage, with links that were read before.
func TestIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := rig.OpenBubble(t, api.Options{Stale: &transport.StaleOptions{FreshFor: time.Hour}})
		if _, err := c.LinksPage(t.Context(), "", 1); err != nil {
			t.Fatal(err)
		}
		if got := find(t, check.Run(t.Context(), c, nil), check.Links); got.Status != check.Pass {
			t.Errorf("%+v", got)
		}
		fake.Fault(linktreetest.Fault{Path: "/links", Status: 500})
		if got := find(t, check.Run(t.Context(), c, nil), check.Links); got.Status != check.Fail || !errors.Is(got.Err, api.ErrServer) {
			t.Errorf("%+v", got)
		}
	})
}

// Each item has its time, whatever the others have used up.
func TestEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := rig.OpenBubble(t, api.Options{Retry: &transport.RetryOptions{}})
		fake.Fault(linktreetest.Fault{Ending: linktreetest.Hang})
		fake.Fault(linktreetest.Fault{Path: "/health"})
		start := time.Now()
		r := check.Run(t.Context(), c, &check.Options{Timeout: 3 * time.Second, WebhookURL: "http://app.hooklatch.org/"})
		if got := time.Since(start); got != 9*time.Second {
			t.Errorf("it took %v", got)
		}
		if got, want := outcome(r), "auth=fail webhook=fail links=fail subscription=fail"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := find(t, r, check.Links).Duration; got != 3*time.Second {
			t.Errorf("links took %v", got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		r = check.Run(ctx, c, &check.Options{Timeout: 3 * time.Second})
		if got, want := outcome(r), "auth=fail webhook=off links=fail subscription=skipped"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// Without a webhook URL there is nothing to ask of it, and the rest is enough.
func TestWithoutWebhook(t *testing.T) {
	fake, _, c := rig.Open(t, nil)
	r := check.Run(t.Context(), c, nil)
	if got, want := outcome(r), "webhook=off subscription=off"; got != want || r.ExitCode() != 0 {
		t.Errorf("%q, exit code %d, want %q", got, r.ExitCode(), want)
	}
	if n := len(fake.Requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestPanics(t *testing.T) {
	_, _, c := rig.Open(t, nil)
	for _, o := range []check.Options{{MinHeadroom: -1}, {CertificateLeft: -1}, {MaxSkew: -1}, {Timeout: -1}} {
		func() {
			defer func() {
				if p := recover(); p != "check: an option is negative" {
					t.Errorf("%+v: panic %v", o, p)
				}
			}()
			check.Run(t.Context(), c, &o)
		}()
	}
}

// The caller's options stay what they were, and checks don't disturb each other.
func TestConcurrently(t *testing.T) {
	_, _, c := rig.Open(t, nil)
	o := &check.Options{Events: []string{"b", "a"}}
	done := make(chan string)
	for range 4 {
		go func() { done <- outcome(check.Run(t.Context(), c, o)) }()
	}
	for range 4 {
		if got, want := <-done, "webhook=off subscription=off"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !slices.Equal(o.Events, []string{"b", "a"}) || o.Timeout != 0 {
		t.Errorf("the options are now %+v", o)
	}
}
