package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// paths are the two ways in which the webhook is mounted.
var paths = []string{"/webhooks/linktree", "/mounted/linktree"}

func testScheme(t *testing.T) *verify.Scheme {
	t.Helper()
	scheme, err := provider.Linktree("the test's secret")
	if err != nil {
		t.Fatal(err)
	}
	return scheme
}

// post sends a request to the program and returns the status.
func post(app http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w.Code
}

func TestWebhook(t *testing.T) {
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			scheme, links := testScheme(t), new(catalog)
			app := newApp(scheme, links, t.Output())
			created := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})
			deleted := hooktest.NewEvent(linktree.LinkDeleted, map[string]any{"link_id": "lnk_1", "deleted_at": "2026-01-02T15:04:05Z"})
			unknown := hooktest.NewEvent("shop.opened", map[string]any{})
			for _, tt := range []struct {
				name    string
				request *http.Request
				want    int
				there   bool // the link is there then
			}{
				{"forged", hooktest.Tampered(t, path, scheme, created), 403, false},
				{"unsigned", hooktest.Unsigned(t, path, scheme, created), 401, false},
				{"stale", hooktest.Stale(t, path, scheme, created), 403, false},
				{"created", hooktest.NewRequest(t, path, scheme, created), 200, true},
				{"deleted", hooktest.NewRequest(t, path, scheme, deleted), 200, false},
				{"created, sent again", hooktest.NewRequest(t, path, scheme, created), 200, false},
				{"unknown", hooktest.NewRequest(t, path, scheme, unknown), 200, false},
			} {
				if got := post(app, tt.request); got != tt.want {
					t.Errorf("%s: status %d, want %d", tt.name, got, tt.want)
				}
				if _, err := links.find("lnk_1"); (err == nil) != tt.there {
					t.Errorf("%s: the link's lookup: %v, want it there: %v", tt.name, err, tt.there)
				}
			}
		})
	}
}

// TestFailureComesAgain: what has failed is not done. The native handler's error
// is answered by the program's own mapper.
func TestFailureComesAgain(t *testing.T) {
	for path, want := range map[string]int{paths[0]: 422, paths[1]: 500} {
		scheme := testScheme(t)
		app := newApp(scheme, new(catalog), t.Output())
		untitled := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1"})
		for attempt := range 2 {
			if got := post(app, hooktest.NewRequest(t, path, scheme, untitled)); got != want {
				t.Errorf("%s, attempt %d: status %d, want %d", path, attempt+1, got, want)
			}
		}
	}
}

// TestOverTheWire lets a sender that behaves like the provider deliver to the
// program on a real socket.
func TestOverTheWire(t *testing.T) {
	for _, path := range paths {
		scheme, links := testScheme(t), new(catalog)
		srv := httptest.NewServer(newApp(scheme, links, t.Output()))
		defer srv.Close()
		sender := &hooktest.Sender{URL: srv.URL + path, Signer: scheme, Client: srv.Client()}
		if got := sender.Ping(t.Context()); !got.OK() {
			t.Errorf("%s: HEAD: status %d, error %v", path, got.Status, got.Err)
		}
		created := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})
		for _, got := range sender.Duplicates(t.Context(), created, 5) {
			if !got.OK() {
				t.Errorf("%s: status %d, error %v", path, got.Status, got.Err)
			}
		}
	}
}

func TestOtherRoutes(t *testing.T) {
	links := new(catalog)
	app := newApp(testScheme(t), links, t.Output())
	if err := links.add(linktree.LinkCreatedData{LinkID: "lnk_1", Title: "Shop"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/healthz": 204, "/links/lnk_1": 200, "/links/lnk_2": 404, "/nowhere": 404} {
		if got := post(app, httptest.NewRequest(http.MethodGet, path, nil)); got != want {
			t.Errorf("GET %s: status %d, want %d", path, got, want)
		}
	}
}

func TestUnknownTenant(t *testing.T) {
	scheme := testScheme(t)
	app := newApp(scheme, new(catalog), t.Output())
	created := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})
	if got := post(app, hooktest.NewRequest(t, "/mounted/another", scheme, created)); got != 403 {
		t.Errorf("status %d, want 403", got)
	}
}
