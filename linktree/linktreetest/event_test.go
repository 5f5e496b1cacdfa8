package linktreetest_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// TestEvents: what is done through the API, or by the creator, is told.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ada, c, rc := subscribed(t)
		type told struct {
			Type string         `json:"type"`
			Data map[string]any `json:"data"`
		}
		link := func(title string, position float64) map[string]any {
			return map[string]any{"link_id": "lnk_1", "title": title, "url": "https://shop.example", "position": position}
		}
		full := func(title string, position float64) map[string]any {
			m := link(title, position)
			m["thumbnail_url"] = "https://img.example/"
			return m
		}
		thumbnail := "https://img.example/"
		now := time.Now().UTC().Format(time.RFC3339)
		for _, tt := range []struct {
			name string
			do   func()
			want []told
		}{
			{"create", func() { c.wants(201, "", c.do("POST", "/links", newLink)) }, []told{{"link.created", link("Shop", 0)}}},
			{"update", func() {
				c.wants(200, "", c.do("PATCH", "/links/lnk_1", `{"title":"Store","thumbnail_url":"https://img.example/"}`))
			}, []told{{"link.updated", full("Store", 0)}}},
			{"bulk", func() {
				c.wants(200, "", c.do("PATCH", "/links/bulk", `{"links":[{"link_id":"lnk_1","title":"Bulk"},{"link_id":"lnk_7"}]}`))
			}, []told{{"link.updated", full("Bulk", 0)}}},
			{"refused", func() { c.wants(422, "", c.do("PATCH", "/links/lnk_1", `{"title":""}`)) }, nil},
			{"the creator's own", func() { ada.UpdateLink("lnk_1", schema.LinkInput{ThumbnailURL: &thumbnail}) }, []told{{"link.updated", full("Bulk", 0)}}},
			{"delete", func() { c.wants(204, "", c.do("DELETE", "/links/lnk_1", "")) }, []told{{"link.deleted", map[string]any{"link_id": "lnk_1", "deleted_at": now}}}},
			{"profile", func() { ada.SetProfile(schema.Profile{Bio: "b", AvatarURL: "a", Theme: "t"}) }, []told{{"profile.updated", map[string]any{"username": "ada", "bio": "b", "avatar_url": "a", "theme": "t"}}}},
			{"milestone", func() {
				ada.Emit(linktree.AnalyticsMilestone, linktree.AnalyticsMilestoneData{LinkID: "lnk_1", Metric: "clicks", Value: 10, Threshold: 9.5})
			}, []told{{"analytics.milestone", map[string]any{"link_id": "lnk_1", "metric": "clicks", "value": 10.0, "threshold": 9.5}}}},
		} {
			before := len(rc.got())
			tt.do()
			synctest.Wait()
			var got []told
			for _, a := range rc.got()[before:] {
				var ev told
				if err := json.Unmarshal([]byte(a.Body), &ev); err != nil {
					t.Fatal(err)
				}
				got = append(got, ev)
			}
			diff(t, tt.name, tt.want, got)
		}
		ids, bodies := map[string]bool{}, map[string]bool{}
		for _, a := range rc.got() {
			ids[a.ID], bodies[a.Body] = true, true
			diff(t, "Content-Type", "application/json", a.Header.Get("Content-Type"))
		}
		if n := len(rc.got()); len(ids) != n || len(bodies) != n {
			t.Errorf("%d ids and %d bodies for %d events", len(ids), len(bodies), n)
		}
	})
}

// TestEqualEventsDiffer: in the second in which time stands still, two events
// with the same data have different bodies, so that none is taken for a copy.
func TestEqualEventsDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ada, _, rc := subscribed(t)
		ada.Emit(linktree.LinkCreated, nil)
		ada.Emit(linktree.LinkCreated, nil)
		synctest.Wait()
		got := rc.got()
		if len(got) != 2 || got[0].Body == got[1].Body {
			t.Errorf("arrivals %+v", got)
		}
	})
}

func TestOnlyWhoHasSubscribed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rc := &receiver{t: t}
		srv := hooktest.NewServer(t, rc)
		fake, ada, c := openBubble(t, &linktreetest.Options{Transport: srv.Client().Transport, EventTypes: []string{"link.created", "link.shared"}})
		for _, events := range [][]string{{"link.created"}, {"link.created", "link.shared"}} {
			c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL, events...)))
		}
		c.wants(422, "invalid_request", c.do("POST", "/webhooks", subscription(srv.URL, linktree.LinkDeleted)))
		for _, tt := range []struct {
			creator *linktreetest.Creator
			typ     string
			want    int
		}{
			{ada, "link.created", 2},
			{ada, "link.shared", 1}, // a type that linktree does not know
			{ada, "link.deleted", 0},
			{fake.Creator("grace"), "link.created", 0},
		} {
			before := len(rc.got())
			tt.creator.Emit(tt.typ, nil)
			synctest.Wait()
			diff(t, tt.typ, tt.want, len(rc.got())-before)
		}
		ids := map[string]bool{}
		for _, a := range fake.Attempts() {
			ids[a.DeliveryID] = true
		}
		diff(t, "delivery ids", 3, len(ids))
	})
}
