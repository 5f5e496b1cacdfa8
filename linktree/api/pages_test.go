package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

func TestLinksOfAllPages(t *testing.T) {
	fake, ada, c := open(t, nil)
	for i := range 45 { // three pages of the fake's
		ada.CreateLink(fmt.Sprint("link ", i), "https://shop.example")
	}
	links := c.Links(t.Context())
	for range 2 { // ranges: each reads anew
		var got []schema.Link
		for link, err := range links {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, link)
		}
		if diff := cmp.Diff(ada.Links(), got); diff != "" {
			t.Error(diff)
		}
	}
	if n := len(fake.Requests()); n != 6 {
		t.Errorf("%d requests, want 6", n)
	}
}

// Pages are read as they are wanted, and not beyond a break.
func TestLinksBreak(t *testing.T) {
	fake, ada, c := open(t, nil)
	for range 45 {
		ada.CreateLink("link", "https://shop.example")
	}
	n := 0
	for _, err := range c.Links(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 21 {
			break
		}
	}
	if got := len(fake.Requests()); got != 2 {
		t.Errorf("%d requests for 21 links, want 2", got)
	}
}

func TestLinksEndWithError(t *testing.T) {
	fake, ada, c := open(t, &api.Options{Stale: &transport.StaleOptions{Operations: []string{}}})
	for range 25 {
		ada.CreateLink("link", "https://shop.example")
	}
	for name, tt := range map[string]struct {
		fault    linktreetest.Fault
		want     error
		links    int
		requests int
	}{
		"at once":    {linktreetest.Fault{Status: 403}, api.ErrForbidden, 0, 1},
		"a loop":     {linktreetest.Fault{RepeatCursor: true}, api.ErrEndlessList, 20 + 20, 2},
		"cut":        {linktreetest.Fault{Body: `{"links":[{"link_id":"a"}`}, api.ErrMalformed, 0, 1},
		"long":       {linktreetest.Fault{Body: `{"links":[],"next_cursor":"` + strings.Repeat("x", 2049) + `"}`}, api.ErrMalformed, 0, 1},
		"connection": {linktreetest.Fault{Ending: linktreetest.Reset}, api.ErrNetwork, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.CloseIdleConnections() // net/http asks again by itself if a kept one is lost
			before := len(fake.Requests())
			remove := fake.Fault(tt.fault)
			defer remove()
			var last error
			links := 0
			for _, err := range c.Links(t.Context()) {
				if last != nil {
					t.Fatalf("goes on after %v", last)
				}
				if last = err; err == nil {
					links++
				}
			}
			wantError(t, name, last, tt.want)
			if n := len(fake.Requests()) - before; links != tt.links || n != tt.requests {
				t.Errorf("%d links in %d requests, want %d in %d", links, n, tt.links, tt.requests)
			}
		})
	}
}

// A loop of more than one page is noticed, and so is a list without end.
func TestCursorLoops(t *testing.T) {
	for name, tt := range map[string]struct {
		next func(n int) string
		body string
		want int
	}{
		"of three":       {func(n int) string { return strconv.Itoa(n % 3) }, `{"link_id":"a"}`, 4},
		"of one":         {func(int) string { return "x" }, `{"link_id":"a"}`, 2},
		"empty for ever": {strconv.Itoa, ``, 101},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
				n++
				fmt.Fprintf(w, `{"links":[%s],"next_cursor":%q}`, tt.body, tt.next(n))
			}, nil)
			var last error
			for _, err := range c.Links(t.Context()) {
				last = err
			}
			wantError(t, name, last, api.ErrEndlessList)
			if n != tt.want {
				t.Errorf("%d requests, want %d", n, tt.want)
			}
		})
	}
}

func TestLinksOfCancelledContext(t *testing.T) {
	fake, ada, c := open(t, nil)
	for range 25 {
		ada.CreateLink("link", "https://shop.example")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range c.Links(ctx) {
		cancel()
		last = err
	}
	wantError(t, "cancelled", last, context.Canceled)
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}
