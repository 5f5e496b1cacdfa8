package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// retitle returns updates of the titles of so many links.
func retitle(links []schema.Link) []schema.LinkUpdate {
	var updates []schema.LinkUpdate
	for i, link := range links {
		updates = append(updates, schema.LinkUpdate{ID: link.ID, LinkInput: schema.LinkInput{Title: ptr(fmt.Sprint("new ", i))}})
	}
	return updates
}

func manyLinks(ada *linktreetest.Creator, n int) []schema.Link {
	for range n {
		ada.CreateLink("old", "https://shop.example")
	}
	return ada.Links()
}

func TestUpdateLinks(t *testing.T) {
	fake, ada, c := open(t, nil)
	updates := retitle(manyLinks(ada, 120))
	results, err := c.UpdateLinks(t.Context(), updates)
	if err != nil {
		t.Fatal(err)
	}
	want := ada.Links()
	var got []schema.Link
	for i, r := range results {
		got = append(got, r.Link)
		if r.Err != nil || r.ID != updates[i].ID || r.Link.Title != fmt.Sprint("new ", i) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(fake.Requests()); n != 3 {
		t.Errorf("%d requests for 120 links, want 3", n)
	}
	if results, err := c.UpdateLinks(t.Context(), nil); err != nil || len(results) != 0 || len(fake.Requests()) != 3 {
		t.Errorf("no updates: %v, %v", results, err)
	}
}

// What is wrong with one update is that one's error.
func TestUpdateLinksItems(t *testing.T) {
	_, ada, c := open(t, nil)
	updates := retitle(manyLinks(ada, 5))
	updates[1].ID = "gone"
	updates[2].Title = ptr(" ")
	updates[3].ID = ""
	results, err := c.UpdateLinks(t.Context(), updates)

	var bulk *api.BulkError
	if !errors.As(err, &bulk) || bulk.Failed != 3 || bulk.Total != 5 || bulk.First != results[1].Err {
		t.Errorf("error %v", err)
	}
	if e := errorOf(t, "gone", results[1].Err, api.ErrNotFound); e.Code != "not_found" || e.Status != 0 {
		t.Errorf("%+v", e)
	}
	if e := errorOf(t, "title", results[2].Err, api.ErrRefused); e.Code != "invalid_request" || e.Message == "" {
		t.Errorf("%+v", e)
	}
	wantError(t, "no id", results[3].Err, api.ErrInvalid)
	for _, i := range []int{0, 4} {
		if results[i].Err != nil || ada.Links()[i].Title != fmt.Sprint("new ", i) {
			t.Errorf("link %d: %+v", i, results[i])
		}
	}
	if want := "linktree: 3 of 5 links were not updated; the first: linktree: links.update: not found, code not_found"; err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// A request that fails is not the failure of the next, and not sent again but
// by the layers.
func TestUpdateLinksChunkFails(t *testing.T) {
	fake, ada, c := open(t, nil)
	updates := retitle(manyLinks(ada, 120))
	fake.Fault(linktreetest.Fault{Status: 500, Times: 1})
	results, err := c.UpdateLinks(t.Context(), updates)
	for i, r := range results {
		if i < 50 {
			wantError(t, "first chunk", r.Err, api.ErrServer)
		} else if r.Err != nil || r.Link.ID != updates[i].ID {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	var bulk *api.BulkError
	if !errors.As(err, &bulk) || bulk.Failed != 50 || !errors.Is(err, api.ErrServer) {
		t.Errorf("error %v", err)
	}
	if n := len(fake.Requests()); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// An answer is matched by id, in whatever order; what it leaves out has failed.
func TestUpdateLinksAnswers(t *testing.T) {
	link := func(id, title string) schema.BulkResult {
		return schema.BulkResult{ID: id, Link: &schema.Link{ID: id, Title: title}}
	}
	updates := []schema.LinkUpdate{{ID: "a"}, {ID: "b"}, {ID: "a"}, {ID: "c"}}
	for name, tt := range map[string]struct {
		answer []schema.BulkResult
		want   string // titles, or - where there is an error
	}{
		"in order":   {[]schema.BulkResult{link("a", "1"), link("b", "2"), link("a", "3"), link("c", "4")}, "1 2 3 4"},
		"reordered":  {[]schema.BulkResult{link("c", "4"), link("a", "1"), link("a", "3"), link("b", "2")}, "1 2 3 4"},
		"incomplete": {[]schema.BulkResult{link("c", "4"), link("a", "1")}, "1 - - 4"},
		"strangers":  {[]schema.BulkResult{link("x", "4"), {ID: "b"}}, "- - - -"},
		"nothing":    {nil, "- - - -"},
	} {
		t.Run(name, func(t *testing.T) {
			c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
				_ = json.NewEncoder(w).Encode(schema.BulkResponse{Results: tt.answer})
			}, nil)
			results, _ := c.UpdateLinks(t.Context(), updates)
			var got []string
			for i, r := range results {
				if r.ID != updates[i].ID {
					t.Errorf("result %d is of %q", i, r.ID)
				}
				if r.Err != nil {
					wantError(t, name, r.Err, api.ErrMalformed)
					got = append(got, "-")
					continue
				}
				got = append(got, r.Link.Title)
			}
			if !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("%v, want %s", got, tt.want)
			}
		})
	}
}
