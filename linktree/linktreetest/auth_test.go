package linktreetest_test

import (
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestTokens(t *testing.T) {
	fake, ada, c := open(t, nil)
	grace := fake.Creator("grace")
	grace.CreateLink("Compiler", "https://compiler.example")
	revoked := ada.Token()
	fake.Revoke(revoked)

	c.wants(200, "", c.do("GET", "/me", ""))
	c.wants(200, "", c.do("GET", "/me", "", "Authorization", "bearer "+c.token))
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Bearer " + revoked, "Basic " + c.token, c.token, "Bearer " + c.token + " x"} {
		rep := c.do("GET", "/me", "", "Authorization", header)
		c.wants(401, "unauthorized", rep)
		if rep.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: WWW-Authenticate %q", header, rep.Header.Get("WWW-Authenticate"))
		}
	}
	twice := c.request("GET", "/me", "")
	twice.Header.Add("Authorization", "Bearer "+c.token)
	if rep, err := c.try(twice); err != nil || rep.Status != 401 {
		t.Errorf("two Authorization headers: %+v, %v", rep, err)
	}
	for _, query := range []string{"?access_token=x", "?access_token=" + c.token, "?key=" + c.token, "?a=b&t=" + c.token} {
		c.wants(400, "invalid_request", c.do("GET", "/me"+query, ""))
		c.wants(400, "invalid_request", c.as("").do("GET", "/me"+query, ""))
	}

	// One creator's token shows nothing of another's, and changes nothing.
	diff(t, "grace", "grace", read[schema.Account](t, c.as(grace.Token()).do("GET", "/me", "")).Username)
	diff(t, "ada's links", 0, len(read[schema.LinksPage](t, c.do("GET", "/links", "")).Links))
	c.wants(404, "not_found", c.do("PATCH", "/links/"+grace.Links()[0].ID, `{"title":"x"}`))
	c.wants(404, "not_found", c.do("DELETE", "/links/"+grace.Links()[0].ID, ""))
}

func TestScopes(t *testing.T) {
	_, ada, c := open(t, &linktreetest.Options{SkipReachability: true})
	link := ada.CreateLink("Shop", "https://shop.example")
	tests := []struct{ method, path, body, scope string }{
		{"GET", "/profile", "", linktreetest.ScopeProfileRead},
		{"GET", "/links", "", linktreetest.ScopeLinksRead},
		{"POST", "/links", `{"title":"a","url":"https://a.example"}`, linktreetest.ScopeLinksWrite},
		{"PATCH", "/links/" + link.ID, `{"title":"b"}`, linktreetest.ScopeLinksWrite},
		{"PATCH", "/links/bulk", `{"links":[{"link_id":"x"}]}`, linktreetest.ScopeLinksWrite},
		{"DELETE", "/links/" + link.ID, "", linktreetest.ScopeLinksWrite},
		{"GET", "/analytics?metric=clicks", "", linktreetest.ScopeAnalyticsRead},
		{"GET", "/webhooks", "", linktreetest.ScopeWebhooksRead},
		{"POST", "/webhooks", `{"url":"https://a.example","events":["link.created"]}`, linktreetest.ScopeWebhooksWrite},
		{"POST", "/webhooks/wh_1/enable", "", linktreetest.ScopeWebhooksWrite},
		{"DELETE", "/webhooks/wh_1", "", linktreetest.ScopeWebhooksWrite},
	}
	all := map[string]bool{}
	for _, tt := range tests {
		all[tt.scope] = true
	}
	for _, tt := range tests {
		var others []string
		for s := range all {
			if s != tt.scope {
				others = append(others, s)
			}
		}
		rep := c.as(ada.Token(others...)).do(tt.method, tt.path, tt.body)
		c.wants(403, "insufficient_scope", rep)
		if !strings.Contains(rep.Header.Get("WWW-Authenticate"), tt.scope) {
			t.Errorf("%s %s: WWW-Authenticate %q", tt.method, tt.path, rep.Header.Get("WWW-Authenticate"))
		}
		if rep := c.as(ada.Token(tt.scope)).do(tt.method, tt.path, tt.body); rep.Status/100 != 2 {
			t.Errorf("%s %s with its scope: %d %s", tt.method, tt.path, rep.Status, rep.Body)
		}
		c.wants(200, "", c.as(ada.Token(tt.scope)).do("GET", "/me", ""))
	}
}
