package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestReads(t *testing.T) {
	_, ada, c := open(t, nil)
	want := schema.Profile{Username: "ada", Bio: "<b>counts</b>", AvatarURL: "https://img.example/a.png", Theme: "dark"}
	ada.SetProfile(want)

	if h, err := c.Health(t.Context()); err != nil || h.Status != "ok" {
		t.Errorf("Health: %+v, %v", h, err)
	}
	if me, err := c.Me(t.Context()); err != nil || me != ada.Account() {
		t.Errorf("Me: %+v, %v", me, err)
	}
	if p, err := c.Profile(t.Context()); err != nil || p != (api.Profile{Profile: want}) {
		t.Errorf("Profile: %+v, %v", p, err)
	}
	h := c.Headroom()
	if !h.Known || h.Limit != 100 || h.Remaining != 97 || h.Attempts != 3 {
		t.Errorf("Headroom after 3 requests: %+v", h)
	}
}

func TestWrites(t *testing.T) {
	fake, ada, c := open(t, nil)
	made, err := c.CreateLink(t.Context(), schema.LinkInput{Title: ptr("Shop"), URL: ptr("https://shop.example")})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := c.UpdateLink(t.Context(), made.ID, schema.LinkInput{Title: ptr("My shop")})
	if err != nil {
		t.Fatal(err)
	}
	made.Title = "My shop"
	if diff := cmp.Diff([]schema.Link{made, made}, append(ada.Links(), changed)); diff != "" {
		t.Errorf("updated: %s", diff)
	}
	if err := c.DeleteLink(t.Context(), made.ID); err != nil || len(ada.Links()) != 0 {
		t.Errorf("deleted: %v, left: %v", err, ada.Links())
	}
	for _, r := range fake.Requests() {
		if key := r.Header.Get(schema.HeaderIdempotencyKey); key != "" {
			t.Errorf("%s with the Idempotency-Key %q, which nothing has asked for", r.Method, key)
		}
	}
}

// What each call puts on the wire, with paths and ids that need escaping.
func TestRequests(t *testing.T) {
	type sent struct {
		Method, URI, Body string
	}
	var got sent
	var header http.Header
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, header = sent{r.Method, r.URL.RequestURI(), string(body)}, r.Header
		_, _ = io.WriteString(w, `{"id":"x","link_id":"x","username":"x","links":[],"webhooks":[]}`)
	}, &api.Options{Paths: schema.Paths{Profile: "/creators/me/profile%20page"}, UserAgent: "tests/1"})

	ctx := t.Context()
	day := time.Date(2026, 1, 31, 23, 0, 0, 5, time.FixedZone("", -3600))
	for name, tt := range map[string]struct {
		call func() error
		want sent
	}{
		"health":  {func() error { _, err := c.Health(ctx); return err }, sent{"GET", "/health", ""}},
		"me":      {func() error { _, err := c.Me(ctx); return err }, sent{"GET", "/me", ""}},
		"profile": {func() error { _, err := c.Profile(ctx); return err }, sent{"GET", "/creators/me/profile%20page", ""}},
		"page": {
			func() error { _, err := c.LinksPage(ctx, "a b&c", 7); return err },
			sent{"GET", "/links?cursor=a+b%26c&limit=7", ""},
		},
		"create": {
			func() error {
				_, err := c.CreateLink(ctx, schema.LinkInput{Title: ptr("t"), URL: ptr("u"), Position: ptr(0)})
				return err
			},
			sent{"POST", "/links", `{"title":"t","url":"u","position":0}`},
		},
		"update": {
			func() error {
				_, err := c.UpdateLink(ctx, "a/../b?c", schema.LinkInput{ThumbnailURL: ptr("")})
				return err
			},
			sent{"PATCH", "/links/a%2F..%2Fb%3Fc", `{"thumbnail_url":""}`},
		},
		"delete": {func() error { return c.DeleteLink(ctx, "l 1") }, sent{"DELETE", "/links/l%201", ""}},
		"analytics": {
			func() error {
				_, err := c.Analytics(ctx, api.AnalyticsQuery{
					Account: "ada", LinkID: "l1", Metric: schema.MetricClicks, From: day, To: day.Add(time.Hour),
				})
				return err
			},
			sent{"GET", "/analytics?" + url.Values{
				"account": {"ada"}, "link_id": {"l1"}, "metric": {"clicks"},
				"from": {"2026-02-01T00:00:00Z"}, "to": {"2026-02-01T01:00:00Z"},
			}.Encode(), ""},
		},
		"enable":  {func() error { _, err := c.EnableWebhook(ctx, "w1"); return err }, sent{"POST", "/webhooks/w1/enable", ""}},
		"webhook": {func() error { return c.DeleteWebhook(ctx, "w1") }, sent{"DELETE", "/webhooks/w1", ""}},
		"register": {
			func() error { _, err := c.CreateWebhook(ctx, receiverURL, []string{"a", "b"}); return err },
			sent{"POST", "/webhooks", `{"url":"` + receiverURL + `","events":["a","b"]}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tt.call(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			for name, want := range map[string]string{
				"Accept":        "application/json",
				"Content-Type":  "application/json",
				"User-Agent":    "tests/1",
				"Authorization": "Bearer tok_of_ada_8f3a91",
			} {
				if got := header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// Members that the client knows nothing of are ignored, at all depths.
func TestUnknownMembers(t *testing.T) {
	_, ada, c := open(t, nil) // whose answers have some everywhere
	ada.CreateLink("Shop", "https://shop.example")
	page, err := c.LinksPage(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ada.Links(), page.Links); diff != "" {
		t.Error(diff)
	}
}

func TestInvalidArguments(t *testing.T) {
	fake, _, c := open(t, nil)
	ctx := t.Context()
	for name, err := range map[string]error{
		"no id":         c.DeleteLink(ctx, ""),
		"an id of dots": c.DeleteWebhook(ctx, ".."),
		"no title":      second(c.CreateLink(ctx, schema.LinkInput{URL: ptr("https://shop.example")})),
		"no URL":        second(c.CreateLink(ctx, schema.LinkInput{Title: ptr("Shop")})),
		"limit":         second(c.LinksPage(ctx, "", -1)),
		"no metric":     second(c.Analytics(ctx, api.AnalyticsQuery{})),
		"no time": second(c.Analytics(ctx, api.AnalyticsQuery{
			Metric: schema.MetricViews, From: time.Unix(9, 0), To: time.Unix(9, 0),
		})),
		"no events":   second(c.CreateWebhook(ctx, receiverURL, nil)),
		"empty event": second(c.CreateWebhook(ctx, receiverURL, []string{"a", ""})),
		"no webhook":  second(c.EnsureWebhook(ctx, "", []string{"a"})),
	} {
		wantError(t, name, err, api.ErrInvalid)
	}
	if n := len(fake.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// Freshness is at hand in the result, and does not hide a member of the schema.
func TestResultEncodes(t *testing.T) {
	p := api.Profile{Profile: schema.Profile{Username: "ada"}, Freshness: api.Freshness{Stale: true, Age: time.Minute}}
	body, err := json.Marshal(p)
	if err != nil || string(body) != `{"username":"ada","bio":"","avatar_url":"","theme":"","Stale":true,"Age":60000000000}` {
		t.Errorf("%s, %v", body, err)
	}
}

func second[T any](_ T, err error) error { return err }
