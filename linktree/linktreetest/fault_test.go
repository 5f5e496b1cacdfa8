package linktreetest_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
)

func TestFaultFor(t *testing.T) {
	fake, ada, c := open(t, nil)
	ada.CreateLink("Shop", "https://shop.example")
	ada.CreateLink("Blog", "https://blog.example")
	fail := func(f linktreetest.Fault) func() {
		f.Status = 503
		return fake.Fault(f)
	}
	patch := func(path string) int { return c.do("PATCH", path, `{}`).Status }

	remove := fail(linktreetest.Fault{Method: "PATCH"})
	diff(t, "by method", []int{503, 200}, []int{patch("/links/lnk_1"), c.do("GET", "/links", "").Status})
	remove()
	diff(t, "removed", 200, patch("/links/lnk_1"))

	remove = fail(linktreetest.Fault{Path: "/links/{id}"})
	diff(t, "by route", []int{503, 503, 422, 200}, []int{patch("/links/lnk_1"), patch("/links/lnk_2"), patch("/links/bulk"), c.do("GET", "/me", "").Status})
	remove()

	remove = fail(linktreetest.Fault{Path: "/links/lnk_2"})
	diff(t, "by path", []int{200, 503}, []int{patch("/links/lnk_1"), patch("/links/lnk_2")})
	remove()

	remove = fail(linktreetest.Fault{Path: "/me", Times: 2})
	diff(t, "so many times", []int{200, 503, 503, 200}, []int{
		c.do("GET", "/health", "").Status, c.do("GET", "/me", "").Status, c.do("GET", "/me", "").Status, c.do("GET", "/me", "").Status,
	})
	remove() // used up: does nothing

	first := fail(linktreetest.Fault{})
	fake.Fault(linktreetest.Fault{Status: 418, Times: 1})
	diff(t, "the last one counts", []int{418, 503}, []int{c.do("GET", "/me", "").Status, c.do("GET", "/nowhere", "").Status})
	first()
	first()
	diff(t, "none left", 200, c.do("GET", "/me", "").Status)
	diff(t, "without a token", 401, c.as("").do("GET", "/me", "").Status)
}

// TestFaultCarriesOut: with a status nothing is done, without one all is, whatever
// becomes of the answer.
func TestFaultCarriesOut(t *testing.T) {
	const body = `{"title":"a","url":"https://a.example"}`
	for _, tt := range []struct {
		name  string
		fault linktreetest.Fault
		links int
		lost  bool
	}{
		{"status", linktreetest.Fault{Status: 500}, 0, false},
		{"reset", linktreetest.Fault{Ending: linktreetest.Reset}, 1, true},
		{"cut", linktreetest.Fault{Ending: linktreetest.Cut}, 1, true},
		{"hang", linktreetest.Fault{Ending: linktreetest.Hang}, 1, true},
		{"drip", linktreetest.Fault{Ending: linktreetest.Drip}, 1, true},
		{"slow", linktreetest.Fault{Latency: time.Minute}, 1, true},
		{"reset, status", linktreetest.Fault{Ending: linktreetest.Reset, Status: 503}, 0, true},
		{"slow, status", linktreetest.Fault{Latency: time.Second, Status: 503}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, ada, c := openBubble(t, nil)
				fake.Fault(tt.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				rep, err := c.try(c.request("POST", "/links", body).WithContext(ctx))
				if (err != nil) != tt.lost {
					t.Errorf("answer %+v, %v", rep, err)
				}
				if n := len(ada.Links()); n != tt.links {
					t.Errorf("%d links, want %d", n, tt.links)
				}
				diff(t, "requests", 1, len(fake.Requests()))
			})
		})
	}
}

func TestFaultHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, nil)
		get := func(f linktreetest.Fault) http.Header {
			f.Times = 1
			fake.Fault(f)
			return c.do("GET", "/me", "").Header
		}
		h := get(linktreetest.Fault{NoRateLimit: true})
		for name := range h {
			if strings.Contains(strings.ToLower(name), "ratelimit") {
				t.Errorf("header %s is there", name)
			}
		}

		skew := -42 * time.Minute
		h = get(linktreetest.Fault{ClockSkew: skew, Status: 503, RetryAfter: 1500 * time.Millisecond, RetryAfterDate: true})
		diff(t, "Date", time.Now().Add(skew).UTC().Format(http.TimeFormat), h.Get("Date"))
		diff(t, "Retry-After", time.Now().Add(skew+2*time.Second).UTC().Format(http.TimeFormat), h.Get("Retry-After"))
		diff(t, "X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(skew+time.Minute).Unix(), 10), h.Get("X-RateLimit-Reset"))

		diff(t, "seconds", "2", get(linktreetest.Fault{Status: 503, RetryAfter: 1500 * time.Millisecond}).Get("Retry-After"))
		diff(t, "none", "", get(linktreetest.Fault{Status: 429}).Get("Retry-After"))

		h = get(linktreetest.Fault{Header: http.Header{"x-request-id": nil, "Date": nil, "Retry-After": {"soon"}, "X-New": {"a", "b"}}})
		diff(t, "left out", []string(nil), h.Values("X-Request-Id"))
		diff(t, "no date", []string(nil), h.Values("Date"))
		diff(t, "replaced", "soon", h.Get("Retry-After"))
		diff(t, "added", []string{"a", "b"}, h.Values("X-New"))

		fake.Fault(linktreetest.Fault{Times: 1, Status: 502, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}})
		rep := c.do("GET", "/me", "")
		if rep.Status != 502 || rep.Body != "<html>" || rep.Header.Get("Content-Type") != "text/html" {
			t.Errorf("answer %+v", rep)
		}
		fake.Fault(linktreetest.Fault{Times: 1, Status: 302, Header: http.Header{"Location": {c.url + "/health"}}})
		diff(t, "redirected", `{"status":"ok"}`, c.do("GET", "/me", "").Body)
		fake.Fault(linktreetest.Fault{Times: 1, Status: 503})
		c.wants(503, "fault", c.do("GET", "/me", ""))
		fake.Fault(linktreetest.Fault{Times: 1, Status: 204, Body: "x"})
		diff(t, "no content", "", c.do("GET", "/me", "").Body)
	})
}

// TestFaultIsCopied: what its maker does with it later is of no concern.
func TestFaultIsCopied(t *testing.T) {
	fake, _, c := open(t, nil)
	f := linktreetest.Fault{Header: http.Header{"X-New": {"a"}}}
	fake.Fault(f)
	f.Header["X-New"][0] = "b"
	diff(t, "header", "a", c.do("GET", "/me", "").Header.Get("X-New"))
}
