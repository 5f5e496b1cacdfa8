package transport_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// TestStaleForgets what the provider denies or the caller has changed.
func TestStaleForgets(t *testing.T) {
	tests := []struct {
		name   string
		method string
		status int
		kept   bool
	}{
		{"401", "GET", 401, false},
		{"401 to a write", "PATCH", 401, false},
		{"403", "GET", 403, false},
		{"404", "GET", 404, false},
		{"410", "GET", 410, false},
		{"400", "GET", 400, true},
		{"503", "GET", 503, true},
		{"put", "PUT", 200, false},
		{"patched", "PATCH", 204, false},
		{"posted", "POST", 201, false},
		{"deleted", "DELETE", 204, false},
		{"not put", "PUT", 409, true},
		{"head", "HEAD", 200, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper(t, nil, everything)
				k.want("/me", seen{Status: 200, Body: "token /me 1"})
				k.want("/other", seen{Status: 200, Body: "token /other 2"})

				k.answer = status(tt.status)
				req, err := http.NewRequestWithContext(t.Context(), tt.method, k.URL+"/me", nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := k.do(req); err != nil {
					t.Fatal(err)
				}

				k.answer = status(503)
				want := seen{Status: 503}
				if tt.kept {
					want = seen{Status: 200, Body: "token /me 1", Stale: true}
				}
				k.want("/me", want)
				other := seen{Status: 200, Body: "token /other 2", Stale: true}
				if tt.status == 401 {
					other = seen{Status: 503}
				}
				k.want("/other", other)
				k.wantNothingOpen()
			})
		})
	}
}

// TestStaleFresh: who asks for the provider's own answer gets it or nothing,
// and leaves it for the others.
func TestStaleFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, nil, &transport.StaleOptions{Operations: []string{"me"}, FreshFor: time.Hour})
		call := func(fresh bool, want seen) {
			t.Helper()
			ctx := transport.WithCall(t.Context(), transport.Call{Operation: "me", Fresh: fresh})
			got, err := k.get(ctx, "/me")
			if err != nil || got != want {
				t.Errorf("fresh %v: got %+v, %v, want %+v", fresh, got, err, want)
			}
		}
		call(false, seen{Status: 200, Body: "token /me 1"})
		call(true, seen{Status: 200, Body: "token /me 2"})
		call(false, seen{Status: 200, Body: "token /me 2"})
		k.answer = status(503)
		call(true, seen{Status: 503})
		call(false, seen{Status: 200, Body: "token /me 2"})
		k.wantNothingOpen()
	})
}

// TestStaleStandsAside: what is not kept, and what is not answered with it.
func TestStaleStandsAside(t *testing.T) {
	header := func(name, value string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(name, value)
			_, _ = io.WriteString(w, "answer")
		}
	}
	large := func(n int, declared bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if declared {
				w.Header().Set("Content-Length", strconv.Itoa(n))
			}
			_, _ = io.WriteString(w, strings.Repeat("x", n))
		}
	}
	type change = func(*http.Request)
	set := func(name, value string) change {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name        string
		answer      http.HandlerFunc
		first, then change
		stale       bool
	}{
		{name: "usual", stale: true},
		{name: "private", answer: header("Cache-Control", "private, max-age=0, must-revalidate"), stale: true},
		{name: "no-store", answer: header("Cache-Control", "private, No-Store")},
		{name: "Vary: *", answer: header("Vary", "Origin, *")},
		{name: "Vary, same", answer: header("Vary", "x-page, Origin"), first: set("X-Page", "1"), then: set("X-Page", "1"), stale: true},
		{name: "Vary, other", answer: header("Vary", "Origin,x-page"), first: set("X-Page", "1"), then: set("X-Page", "2")},
		{name: "Vary, missing", answer: header("Vary", "x-page"), first: set("X-Page", "1")},
		{name: "no Vary", first: set("X-Page", "1"), then: set("X-Page", "2"), stale: true},
		{name: "Accept", first: set("Accept", "application/json"), then: set("Accept", "text/csv")},
		{name: "at the limit", answer: large(50<<10, true), stale: true},
		{name: "chunked", answer: large(50<<10, false), stale: true},
		{name: "too large", answer: large(70<<10, true)},
		{name: "too large, chunked", answer: large(70<<10, false)},
		{name: "header too large", answer: header("X-Large", strings.Repeat("x", 70<<10))},
		{name: "another query", then: func(r *http.Request) { r.URL.RawQuery = "cursor=2" }},
		{name: "another path", then: func(r *http.Request) { r.URL.Path = "/you" }},
		{name: "another host", then: func(r *http.Request) { r.Host = "other.test" }},
		{name: "unlisted", first: func(r *http.Request) { r.URL.Path = "/a/b" }, then: func(r *http.Request) { r.URL.Path = "/a/b" }},
		{name: "HEAD", then: func(r *http.Request) { r.Method = "HEAD" }},
		{name: "after HEAD", first: func(r *http.Request) { r.Method = "HEAD" }},
		{name: "Range", then: set("Range", "bytes=0-1")},
		{name: "conditional", then: set("If-None-Match", `"1"`)},
		{name: "Cache-Control", then: set("Cache-Control", "no-cache")},
		{name: "own Authorization", then: set("Authorization", "Bearer token")},
		{name: "stored under own Authorization", first: set("Authorization", "Bearer token")},
		{name: "with a body", then: func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), 1
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper(t, nil, &transport.StaleOptions{Paths: []string{"/*"}, MaxEntry: 64 << 10})
				send := func(change change) seen {
					req, err := http.NewRequestWithContext(t.Context(), "GET", k.URL+"/me", nil)
					if err != nil {
						t.Fatal(err)
					}
					if change != nil {
						change(req)
					}
					got, err := k.do(req)
					if err != nil {
						t.Fatal(err)
					}
					return got
				}
				k.answer = tt.answer
				first := send(tt.first)
				if tt.answer != nil && (first.Status != 200 || len(first.Body) < 6) {
					t.Errorf("the first answer is %d with %d bytes", first.Status, len(first.Body))
				}
				if n := len(first.Body); strings.HasPrefix(tt.name, "too large") && n != 70<<10 {
					t.Errorf("%d bytes of the answer came through, want all", n)
				}
				k.answer = status(503)
				want := seen{Status: 503}
				if tt.stale {
					want = first
					want.Stale = true
				}
				if diff := cmp.Diff(want, send(tt.then)); diff != "" {
					t.Error(diff)
				}
				k.wantNothingOpen()
			})
		})
	}
}
