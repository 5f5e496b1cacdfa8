package linktreetest_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// pages reads all pages of links, and does something after the first.
func pages(c *caller, limit string, afterFirst func()) (sizes []int, ids []string) {
	c.t.Helper()
	cursor := ""
	for range 100 {
		q := url.Values{}
		if limit != "" {
			q.Set("limit", limit)
		}
		if cursor != "" {
			q.Set("cursor", cursor)
		}
		rep := c.do("GET", "/links?"+q.Encode(), "")
		c.wants(200, "", rep)
		p := read[schema.LinksPage](c.t, rep)
		sizes = append(sizes, len(p.Links))
		for _, l := range p.Links {
			ids = append(ids, l.ID)
		}
		if cursor = p.NextCursor; cursor == "" {
			return sizes, ids
		}
		if afterFirst != nil {
			afterFirst()
			afterFirst = nil
		}
	}
	c.t.Fatal("the pages don't end")
	return nil, nil
}

func TestPages(t *testing.T) {
	for _, tt := range []struct {
		links, maxPage int
		limit          string
		want           []int
	}{
		{0, 0, "", []int{0}},
		{20, 0, "", []int{20}},
		{45, 0, "", []int{20, 20, 5}},
		{6, 0, "3", []int{3, 3}},
		{7, 0, "3", []int{3, 3, 1}},
		{7, 2, "", []int{2, 2, 2, 1}},
		{7, 5, "100", []int{5, 2}},
		{130, 0, "1000", []int{100, 30}},
	} {
		t.Run(fmt.Sprintf("%d links, limit %s, max %d", tt.links, tt.limit, tt.maxPage), func(t *testing.T) {
			_, ada, c := open(t, &linktreetest.Options{MaxPage: tt.maxPage})
			for range tt.links {
				ada.CreateLink("Shop", "https://shop.example")
			}
			sizes, ids := pages(c, tt.limit, nil)
			diff(t, "sizes", tt.want, sizes)
			for i, id := range ids {
				if want := fmt.Sprint("lnk_", i+1); id != want {
					t.Fatalf("link %d is %s, want %s", i, id, want)
				}
			}
		})
	}
}

// TestPagesWhileChanging: a link that is deleted or put in front between two
// pages neither hides another nor shows it twice.
func TestPagesWhileChanging(t *testing.T) {
	last, end := "lnk_2", 3
	for name, tt := range map[string]struct {
		change func(*linktreetest.Creator)
		want   []string
	}{
		"an earlier link goes": {func(c *linktreetest.Creator) { c.DeleteLink("lnk_1") }, []string{"lnk_1", "lnk_2", "lnk_3", "lnk_4"}},
		"the last one goes":    {func(c *linktreetest.Creator) { c.DeleteLink(last) }, []string{"lnk_1", "lnk_2", "lnk_3", "lnk_4"}},
		"one comes in front": {func(c *linktreetest.Creator) {
			c.UpdateLink(c.CreateLink("New", "x:").ID, schema.LinkInput{Position: new(int)})
		}, []string{"lnk_1", "lnk_2", "lnk_3", "lnk_4"}},
		"the last one moves": {func(c *linktreetest.Creator) { c.UpdateLink(last, schema.LinkInput{Position: &end}) }, []string{"lnk_1", "lnk_2"}},
		"all go": {func(c *linktreetest.Creator) {
			for _, l := range c.Links() {
				c.DeleteLink(l.ID)
			}
		}, []string{"lnk_1", "lnk_2"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, ada, c := open(t, nil)
			for range 4 {
				ada.CreateLink("Shop", "https://shop.example")
			}
			_, ids := pages(c, "2", func() { tt.change(ada) })
			diff(t, "links", tt.want, ids)
		})
	}
}

func TestBadPages(t *testing.T) {
	_, ada, c := open(t, nil)
	ada.CreateLink("Shop", "https://shop.example")
	for _, limit := range []string{"0", "-1", "x", "99999999999999999999"} {
		c.wants(400, "invalid_request", c.do("GET", "/links?limit="+limit, ""))
	}
	for _, cursor := range []string{"x", "lnk_1", "2", "!", "LTE6YQ" /* -1:a */, "eDph" /* x:a */, "MQ" /* 1 */} {
		c.wants(400, "invalid_cursor", c.do("GET", "/links?cursor="+cursor, ""))
		c.wants(400, "invalid_cursor", c.do("GET", "/webhooks?cursor="+cursor, ""))
	}
	c.wants(200, "", c.do("GET", "/links?cursor=OTk6YQ" /* 99:a */, ""))
}

func TestRepeatedCursor(t *testing.T) {
	fake, ada, c := open(t, nil)
	for range 5 {
		ada.CreateLink("Shop", "https://shop.example")
	}
	first := read[schema.LinksPage](t, c.do("GET", "/links?limit=2", ""))
	remove := fake.Fault(linktreetest.Fault{Path: "/links", RepeatCursor: true})
	again := read[schema.LinksPage](t, c.do("GET", "/links?limit=2&cursor="+first.NextCursor, ""))
	diff(t, "cursor", first.NextCursor, again.NextCursor)
	diff(t, "second page", "lnk_3", again.Links[0].ID)

	start := read[schema.LinksPage](t, c.do("GET", "/links?limit=2", ""))
	loop := read[schema.LinksPage](t, c.do("GET", "/links?limit=2&cursor="+start.NextCursor, ""))
	diff(t, "first page, by its cursor", start, loop)
	remove()
	diff(t, "the way on", 2, len(read[schema.LinksPage](t, c.do("GET", "/links?limit=2&cursor="+start.NextCursor, "")).Links))
	_, ids := pages(c, "2", nil)
	diff(t, "links", 5, len(ids))
}

func TestWebhookPages(t *testing.T) {
	_, _, c := open(t, &linktreetest.Options{SkipReachability: true})
	for range 3 {
		c.wants(201, "", c.do("POST", "/webhooks", `{"url":"https://a.example","events":["link.created"]}`))
	}
	first := read[schema.WebhooksPage](t, c.do("GET", "/webhooks?limit=2", ""))
	second := read[schema.WebhooksPage](t, c.do("GET", "/webhooks?limit=2&cursor="+first.NextCursor, ""))
	if len(first.Webhooks) != 2 || len(second.Webhooks) != 1 || second.Webhooks[0].ID != "wh_3" || second.NextCursor != "" {
		t.Errorf("pages %+v and %+v", first, second)
	}
}
