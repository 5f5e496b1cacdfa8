package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestEvents(t *testing.T) {
	signed := at(10)
	for _, tt := range []struct {
		body string
		want change
	}{
		{
			`{"type":"link.created","data":{"link_id":"a","title":"A","url":"https://a.example","position":2},"timestamp":"2026-01-31T12:00:09.5Z"}`,
			change{created, link("a", "A", 2), at(9).Add(500 * time.Millisecond)},
		},
		{
			`{"type":"link.updated","data":{"link_id":"a","title":"A","url":"https://a.example","position":1,"thumbnail_url":"https://t.example"},"timestamp":1769860801}`,
			change{updated, schema.Link{ID: "a", Title: "A", URL: "https://a.example", Position: 1, ThumbnailURL: "https://t.example"}, at(1)},
		},
		{
			`{"type":"link.deleted","data":{"link_id":"a","deleted_at":"2026-01-31T12:00:03Z"},"timestamp":"2026-01-31T12:00:04Z"}`,
			change{deleted, schema.Link{ID: "a"}, at(4)},
		},

		// What a time can be.
		{`{"type":"link.deleted","data":{"link_id":"a"},"timestamp":"2099-01-31T12:00:04Z"}`, change{deleted, schema.Link{ID: "a"}, at(11)}},
		{`{"type":"link.deleted","data":{"link_id":"a"},"timestamp":"2026-01-31T12:00:10.9Z"}`, change{deleted, schema.Link{ID: "a"}, at(10).Add(900 * time.Millisecond)}},
		{`{"type":"link.deleted","data":{"link_id":"a"},"timestamp":"yesterday"}`, change{kind: deleted, link: schema.Link{ID: "a"}}},
		{`{"type":"link.deleted","data":{"link_id":"a"},"timestamp":{"seconds":5}}`, change{kind: deleted, link: schema.Link{ID: "a"}}},
		{`{"type":"link.deleted","data":{"link_id":"a"},"timestamp":1769860801000}`, change{kind: deleted, link: schema.Link{ID: "a"}}},
		{`{"type":"link.deleted","data":{"link_id":"a"}}`, change{kind: deleted, link: schema.Link{ID: "a"}}},
		{`{"type":"link.deleted"}`, change{kind: deleted}},
	} {
		var got []change
		mux := events(slog.New(slog.DiscardHandler), func(c change) { got = append(got, c) })
		d := hooktest.NewDelivery(hooktest.Event{ID: "dlv_1", Body: []byte(tt.body), Time: signed})
		if err := mux.HandleDelivery(t.Context(), d); err != nil {
			t.Errorf("%s: %v", tt.body, err)
		}
		if len(got) != 1 || got[0].kind != tt.want.kind || got[0].link != tt.want.link || !got[0].at.Equal(tt.want.at) {
			t.Errorf("%s: %+v, want %+v", tt.body, got, tt.want)
		}
	}
}

// TestMisfit: what is no link is sent again, and is in the log for people.
func TestMisfit(t *testing.T) {
	mux := events(slog.New(slog.DiscardHandler), func(c change) { t.Errorf("taken: %+v", c) })
	for _, body := range []string{`{"type":"link.updated","data":{"link_id":7}}`, `{"type":"link.created","data":"a"}`} {
		if mux.HandleDelivery(t.Context(), hooktest.NewDelivery(hooktest.Event{Body: []byte(body)})) == nil {
			t.Errorf("%s: no error", body)
		}
	}
	// Of no concern.
	if err := mux.HandleDelivery(t.Context(), hooktest.NewDelivery(hooktest.Event{Body: []byte(`{"type":"profile.updated","data":{}}`)})); err != nil {
		t.Error(err)
	}
}

// FuzzEvents: whatever is signed, the table stays one.
func FuzzEvents(f *testing.F) {
	f.Add([]byte(`{"type":"link.created","data":{"link_id":"a","title":"A","url":"https://a.example","position":9},"timestamp":"2026-01-31T12:00:09Z"}`))
	f.Add([]byte(`{"type":"link.updated","data":{"link_id":"b","position":-7},"timestamp":1e300}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var tab table
		tab.begin(time.Time{})
		tab.replace([]schema.Link{link("b", "B", 0), link("c", "C", 1)})
		mux := events(slog.New(slog.DiscardHandler), tab.apply)
		for range 2 {
			_ = mux.HandleDelivery(t.Context(), hooktest.NewDelivery(hooktest.Event{Body: body, Time: at(10)}))
		}
		links, _ := tab.links()
		seen := map[string]bool{}
		for i, l := range links {
			if l.Position != i || seen[l.ID] || !cmp.Equal(clean(l), l) {
				t.Errorf("%+v", links)
			}
			seen[l.ID] = true
		}
	})
}
