package linktreetest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestWebhooks(t *testing.T) {
	rc := &receiver{t: t}
	srv := httptest.NewServer(rc)
	defer srv.Close()
	fake, ada, c := open(t, nil)
	rep := c.do("POST", "/webhooks", subscription(srv.URL, "link.created", "link.deleted"))
	c.wants(201, "", rep)
	want := schema.Webhook{ID: "wh_1", URL: srv.URL, Events: []string{"link.created", "link.deleted"}, Active: true}
	diff(t, "created", want, read[schema.Webhook](t, rep))
	if strings.Contains(rep.Body, "disabled_at") {
		t.Errorf("an active webhook is said to be disabled: %s", rep.Body)
	}
	diff(t, "listed", schema.WebhooksPage{Webhooks: []schema.Webhook{want}}, read[schema.WebhooksPage](t, c.do("GET", "/webhooks", "")))
	diff(t, "enabled", want, read[schema.Webhook](t, c.do("POST", "/webhooks/wh_1/enable", "")))
	diff(t, "HEAD requests", 2, rc.heads)

	grace := c.as(fake.Creator("grace").Token())
	diff(t, "another's", schema.WebhooksPage{Webhooks: []schema.Webhook{}}, read[schema.WebhooksPage](t, grace.do("GET", "/webhooks", "")))
	c.wants(404, "not_found", grace.do("POST", "/webhooks/wh_1/enable", ""))
	c.wants(404, "not_found", grace.do("DELETE", "/webhooks/wh_1", ""))

	c.wants(204, "", c.do("DELETE", "/webhooks/wh_1", ""))
	c.wants(404, "not_found", c.do("DELETE", "/webhooks/wh_1", ""))
	c.wants(404, "not_found", c.do("POST", "/webhooks/wh_1/enable", ""))
	diff(t, "left", 0, len(ada.Webhooks()))
}

func TestInvalidWebhooks(t *testing.T) {
	_, ada, c := open(t, nil)
	for _, body := range []string{
		`{}`, `{"url":"https://a.example"}`, `{"url":"https://a.example","events":[]}`,
		subscription("https://a.example", "link.created", "link.exploded"),
		subscription("", "link.created"), subscription("/hook", "link.created"), subscription("ftp://a.example", "link.created"), subscription("https://", "link.created"),
	} {
		c.wants(422, "invalid_request", c.do("POST", "/webhooks", body))
	}
	diff(t, "webhooks", 0, len(ada.Webhooks()))
}

func TestReachability(t *testing.T) {
	rc := &receiver{t: t}
	srv := httptest.NewServer(rc)
	_, ada, c := open(t, nil)
	body := subscription(srv.URL, "link.created")
	for _, status := range []int{404, 500, 301, 405} {
		rc.set(200, status)
		c.wants(422, "webhook_unreachable", c.do("POST", "/webhooks", body))
	}
	rc.set(200, 204)
	c.wants(201, "", c.do("POST", "/webhooks", body))
	rc.set(200, 503)
	c.wants(422, "webhook_unreachable", c.do("POST", "/webhooks/wh_1/enable", ""))
	srv.Close()
	c.wants(422, "webhook_unreachable", c.do("POST", "/webhooks", body))
	diff(t, "webhooks", 1, len(ada.Webhooks()))
	diff(t, "POST requests", 0, len(rc.got()))

	_, ada, c = open(t, &linktreetest.Options{SkipReachability: true})
	c.wants(201, "", c.do("POST", "/webhooks", body))
	diff(t, "webhooks, without asking", 1, len(ada.Webhooks()))
}

// TestDeletedWhileEnabled: what is deleted does not come back.
func TestDeletedWhileEnabled(t *testing.T) {
	var meanwhile func()
	rc := &receiver{t: t}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if meanwhile != nil {
			meanwhile()
		}
		rc.ServeHTTP(w, r)
	}))
	defer srv.Close()
	_, ada, c := open(t, nil)
	c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL, "link.created")))
	meanwhile = func() { c.wants(204, "", c.do("DELETE", "/webhooks/wh_1", "")) }
	c.wants(404, "not_found", c.do("POST", "/webhooks/wh_1/enable", ""))
	diff(t, "webhooks", 0, len(ada.Webhooks()))
}

func TestReachabilityTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := hooktest.NewServer(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		_, _, c := openBubble(t, &linktreetest.Options{Transport: srv.Client().Transport})
		start := time.Now()
		c.wants(422, "webhook_unreachable", c.do("POST", "/webhooks", subscription(srv.URL, "link.created")))
		diff(t, "time", 10*time.Second, time.Since(start))
	})
}
