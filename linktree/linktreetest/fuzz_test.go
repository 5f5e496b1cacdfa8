package linktreetest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// FuzzServeHTTP: whatever is asked, the answer is one of the API's, and the
// links stay a list without gaps.
func FuzzServeHTTP(f *testing.F) {
	for _, seed := range []struct{ method, target, body string }{
		{"GET", "/links?limit=2&cursor=Mjphbmsx", ""},
		{"GET", "/links?cursor=MTpsbmtfMQ", ""},
		{"GET", "/webhooks?cursor=OTk6YQ", ""},
		{"POST", "/links", newLink},
		{"PATCH", "/links/lnk_1", `{"position":7,"title":"x"}`},
		{"PATCH", "/links/a%2", `{}`},
		{"PATCH", "/links/a%2Fb", `{}`},
		{"PATCH", "/links/bulk", `{"links":[{"link_id":"lnk_2","position":0},{"link_id":"lnk_1","position":-1},null]}`},
		{"DELETE", "/links/lnk_2", ""},
		{"GET", "/analytics?metric=clicks&from=2026-01-02T00:00:00Z&to=9999-12-31T23:59:59%2B23:59", ""},
		{"POST", "/webhooks", subscription("http://a.example", "link.created")},
		{"POST", "/webhooks/wh_1/enable", ""},
		{"DELETE", "/webhooks/wh_1", ""},
		{"PUT", "*", "x"},
	} {
		f.Add(seed.method, seed.target, seed.body)
	}
	ok := roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})
	f.Fuzz(func(t *testing.T, method, target, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		fake := linktreetest.New(&linktreetest.Options{Transport: ok})
		defer fake.Close()
		ada := fake.Creator("ada")
		for range 3 {
			ada.CreateLink("Shop", "https://shop.example")
		}
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL = method, u
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+ada.Token())
		w := httptest.NewRecorder()
		fake.ServeHTTP(w, r)
		switch {
		case w.Code >= 500:
			t.Errorf("status %d", w.Code)
		case w.Code == 204 && w.Body.Len() > 0, w.Code != 204 && !json.Valid(w.Body.Bytes()):
			t.Errorf("status %d with the body %q", w.Code, w.Body)
		case w.Code >= 400:
			var e schema.ErrorResponse
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Error.Code == "" || e.Error.Message == "" {
				t.Errorf("status %d with the error %q, %v", w.Code, w.Body, err)
			}
		}
		seen := map[string]bool{}
		for i, l := range ada.Links() {
			if l.Position != i || seen[l.ID] || l.Title == "" {
				t.Errorf("link %d: %+v", i, l)
			}
			seen[l.ID] = true
		}
		if log := fake.Requests(); len(log) != 1 || log[0].Status != w.Code {
			t.Errorf("log %+v, answered with %d", log, w.Code)
		}
	})
}
