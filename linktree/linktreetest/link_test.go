package linktreetest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestLinks(t *testing.T) {
	_, ada, c := open(t, nil)
	rep := c.do("POST", "/links", `{"title":"Shop","url":"https://shop.example"}`)
	c.wants(201, "", rep)
	shop := schema.Link{ID: "lnk_1", Title: "Shop", URL: "https://shop.example"}
	diff(t, "created", shop, read[schema.Link](t, rep))

	rep = c.do("POST", "/links", `{"title":"Blog","url":"https://blog.example","position":0,"thumbnail_url":"https://img.example/b"}`)
	blog := schema.Link{ID: "lnk_2", Title: "Blog", URL: "https://blog.example", ThumbnailURL: "https://img.example/b"}
	diff(t, "created in front", blog, read[schema.Link](t, rep))
	shop.Position = 1
	diff(t, "both", []schema.Link{blog, shop}, read[schema.LinksPage](t, c.do("GET", "/links", "")).Links)

	// What is not said, or null, stays; an empty thumbnail is none.
	rep = c.do("PATCH", "/links/lnk_2", `{"title":"Diary","url":null,"position":9,"thumbnail_url":""}`)
	c.wants(200, "", rep)
	blog.Title, blog.Position, blog.ThumbnailURL, shop.Position = "Diary", 1, "", 0
	diff(t, "updated", blog, read[schema.Link](t, rep))
	diff(t, "moved", []schema.Link{shop, blog}, ada.Links())

	c.wants(204, "", c.do("DELETE", "/links/lnk_1", ""))
	c.wants(404, "not_found", c.do("DELETE", "/links/lnk_1", ""))
	c.wants(404, "not_found", c.do("PATCH", "/links/lnk_1", `{}`))
	blog.Position = 0
	diff(t, "left", []schema.Link{blog}, ada.Links())
	diff(t, "no id twice", "lnk_3", ada.CreateLink("x", "y").ID)
}

func TestInvalidLinks(t *testing.T) {
	_, ada, c := open(t, nil)
	link := ada.CreateLink("Shop", "https://shop.example")
	for _, body := range []string{
		`{"url":"https://a.example"}`, `{"title":"a"}`, `{}`, `null`,
		`{"title":"a","url":"a"}`, `{"title":"","url":"https://a.example"}`,
	} {
		c.wants(422, "invalid_request", c.do("POST", "/links", body))
	}
	for _, body := range []string{
		`{"title":""}`, `{"title":" "}`, `{"url":""}`, `{"url":"shop"}`, `{"url":"//shop.example"}`, `{"position":-1}`, `{"thumbnail_url":"x"}`,
	} {
		c.wants(422, "invalid_request", c.do("PATCH", "/links/"+link.ID, body))
	}
	diff(t, "links", []schema.Link{link}, ada.Links())
	// What creators write is theirs: it is for clients to take care.
	c.wants(200, "", c.do("PATCH", "/links/"+link.ID, `{"title":"\u202e<b>","url":"javascript:alert(1)"}`))
}

func TestBulk(t *testing.T) {
	_, ada, c := open(t, nil)
	for i := range 3 {
		ada.CreateLink(fmt.Sprint("Link ", i), "https://a.example")
	}
	rep := c.do("PATCH", "/links/bulk", `{"links":[
		{"link_id":"lnk_3","title":"Last","position":0},
		{"link_id":"lnk_9","title":"None"},
		{"link_id":"lnk_1","url":"nowhere"},
		{"link_id":"lnk_1","title":"First"}
	]}`)
	c.wants(200, "", rep)
	results := read[schema.BulkResponse](t, rep).Results
	for i, r := range results {
		if (r.Link == nil) == (r.Error == nil) {
			t.Errorf("result %d has a link and an error, or neither: %+v", i, r)
		}
		if r.Error != nil {
			results[i].Error.Message = ""
		}
	}
	diff(t, "results", []schema.BulkResult{
		{ID: "lnk_3", Link: &schema.Link{ID: "lnk_3", Title: "Last", URL: "https://a.example"}},
		{ID: "lnk_9", Error: &schema.Error{Code: "not_found"}},
		{ID: "lnk_1", Error: &schema.Error{Code: "invalid_request"}},
		{ID: "lnk_1", Link: &schema.Link{ID: "lnk_1", Title: "First", URL: "https://a.example", Position: 1}},
	}, results)
	var titles []string
	for _, l := range ada.Links() {
		titles = append(titles, l.Title)
	}
	diff(t, "titles", []string{"Last", "First", "Link 1"}, titles)
}

func TestBulkSize(t *testing.T) {
	_, ada, c := open(t, nil)
	id := ada.CreateLink("Shop", "https://a.example").ID
	for n, status := range map[int]int{0: 422, 1: 200, schema.MaxBulk: 200, schema.MaxBulk + 1: 422} {
		in := schema.BulkRequest{Links: make([]schema.LinkUpdate, n)}
		for i := range in.Links {
			in.Links[i].ID = id
		}
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if rep := c.do("PATCH", "/links/bulk", string(body)); rep.Status != status {
			t.Errorf("%d items: status %d, want %d", n, rep.Status, status)
		}
	}
}
