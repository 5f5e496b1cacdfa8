package linktreetest_test

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestReads(t *testing.T) {
	_, ada, c := open(t, nil)
	ada.SetProfile(schema.Profile{Bio: "Engines", AvatarURL: "https://img.example/a", Theme: "dark"})
	c.wants(200, "", c.do("GET", "/health", ""))
	diff(t, "health", schema.Health{Status: "ok"}, read[schema.Health](t, c.as("").do("GET", "/health", "")))
	diff(t, "me", schema.Account{ID: "acc_1", Username: "ada"}, read[schema.Account](t, c.do("GET", "/me", "")))
	diff(t, "profile", schema.Profile{Username: "ada", Bio: "Engines", AvatarURL: "https://img.example/a", Theme: "dark"},
		read[schema.Profile](t, c.do("GET", "/profile", "")))
}

func TestHeaders(t *testing.T) {
	fake, _, c := open(t, nil)
	seen := map[string]bool{}
	for _, rep := range []reply{
		c.do("GET", "/me", ""),
		c.as("").do("GET", "/health", ""),
		c.as("wrong").do("GET", "/me", ""),
		c.do("GET", "/nowhere", ""),
		c.do("POST", "/links", "{"),
	} {
		h := rep.Header
		if seen[h.Get("X-Request-Id")] || h.Get("X-Request-Id") == "" {
			t.Errorf("X-Request-Id %q, want a fresh one", h.Get("X-Request-Id"))
		}
		seen[h.Get("X-Request-Id")] = true
		if at, err := http.ParseTime(h.Get("Date")); err != nil || time.Since(at).Abs() > 10*time.Second {
			t.Errorf("Date %q", h.Get("Date"))
		}
		if h.Get("X-RateLimit-Limit") != "100" || !regexp.MustCompile(`^\d+$`).MatchString(h.Get("X-RateLimit-Remaining")) || !regexp.MustCompile(`^\d{10,}$`).MatchString(h.Get("X-RateLimit-Reset")) {
			t.Errorf("headers %v", h)
		}
		if h.Get("Content-Type") != "application/json" {
			t.Errorf("Content-Type %q", h.Get("Content-Type"))
		}
	}
	for _, r := range fake.Requests() {
		if !seen[r.ID] {
			t.Errorf("logged request %q, which was never made", r.ID)
		}
	}
}

func TestNotFound(t *testing.T) {
	_, _, c := open(t, nil)
	for _, path := range []string{"/", "/nowhere", "/links/", "/links/a/b", "/linksx", "/webhooks//enable", "/webhooks/a/b/enable"} {
		c.wants(404, "not_found", c.do("GET", path, ""))
	}
	for _, tt := range []struct{ method, path, allow string }{
		{"POST", "/health", "GET"},
		{"PUT", "/links", "GET, POST"},
		{"GET", "/links/lnk_1", "PATCH, DELETE"},
		{"GET", "/links/bulk", "PATCH, DELETE"}, // "bulk" could be a link's id
		{"GET", "/webhooks/wh_1/enable", "POST"},
	} {
		rep := c.do(tt.method, tt.path, "")
		c.wants(405, "method_not_allowed", rep)
		diff(t, tt.path, tt.allow, rep.Header.Get("Allow"))
	}
}

func TestBodies(t *testing.T) {
	_, ada, c := open(t, nil)
	for _, tt := range []struct {
		name, body, contentType string
		status                  int
	}{
		{"no JSON", "title=a", "application/json", 400},
		{"more than one", `{"title":"a","url":"https://a.example"} {}`, "application/json", 400},
		{"another type of member", `{"title":1,"url":"https://a.example"}`, "application/json", 400},
		{"none", "", "application/json", 400},
		{"form", "title=a", "application/x-www-form-urlencoded", 415},
		{"no type", `{"title":"a","url":"https://a.example"}`, "", 415},
		{"too large", `{"title":"` + strings.Repeat("a", 1<<20) + `"}`, "application/json", 413},
	} {
		rep := c.do("POST", "/links", tt.body, "Content-Type", tt.contentType)
		if rep.Status != tt.status {
			t.Errorf("%s: status %d, want %d", tt.name, rep.Status, tt.status)
		}
		c.wants(tt.status, "invalid_request", rep)
	}
	for path, method := range map[string]string{"/links/lnk_1": "PATCH", "/links/bulk": "PATCH", "/webhooks": "POST"} {
		c.wants(400, "invalid_request", c.do(method, path, "[]"))
	}
	diff(t, "links", 0, len(ada.Links()))
	c.wants(201, "", c.do("POST", "/links", `{"title":"a","url":"https://a.example","newer":{"x":1}}`, "Content-Type", "application/json; charset=utf-8"))
}

func TestExtraMembers(t *testing.T) {
	_, ada, c := open(t, &linktreetest.Options{Extra: map[string]any{"shiny": []int{1}, "title": "theirs stays"}})
	ada.CreateLink("Shop", "https://shop.example")
	got := read[any](t, c.do("GET", "/links", ""))
	shiny := []any{1.0}
	diff(t, "links", any(map[string]any{
		"shiny": shiny, "title": "theirs stays", "next_cursor": "",
		"links": []any{map[string]any{
			"shiny": shiny, "title": "Shop", "url": "https://shop.example", "link_id": "lnk_1", "position": 0.0, "thumbnail_url": "",
		}},
	}), got)
	c.wants(401, "unauthorized", c.as("").do("GET", "/links", ""))
}

func TestPaths(t *testing.T) {
	paths := schema.DefaultPaths()
	paths.Link = "/v2/link-{id}.json"
	paths.Profile = "/about"
	_, ada, c := open(t, &linktreetest.Options{Paths: paths})
	link := ada.CreateLink("Shop", "https://shop.example")
	c.wants(200, "", c.do("GET", "/about", ""))
	c.wants(404, "not_found", c.do("GET", "/profile", ""))
	c.wants(200, "", c.do("PATCH", "/v2/link-"+link.ID+".json", `{}`))
	c.wants(404, "not_found", c.do("PATCH", "/links/"+link.ID, `{}`))
}

func TestRequests(t *testing.T) {
	fake, ada, c := open(t, nil)
	limited := ada.Token(linktreetest.ScopeLinksRead)
	c.do("GET", "/links?limit=5", "")
	c.as(limited).do("POST", "/links", "{}")
	c.as("").do("GET", "/a%20b", "")
	type hit struct {
		Method, Path, Query, Auth string
		Status                    int
	}
	var got []hit
	for _, r := range fake.Requests() {
		got = append(got, hit{r.Method, r.Path, r.Query, r.Header.Get("Authorization"), r.Status})
		r.Header.Set("Authorization", "changed")
	}
	want := []hit{
		{"GET", "/links", "limit=5", "Bearer " + c.token, 200},
		{"POST", "/links", "", "Bearer " + limited, 403},
		{"GET", "/a%20b", "", "", 404},
	}
	diff(t, "requests", want, got)
	if fake.Requests()[0].Header.Get("Authorization") == "changed" {
		t.Error("the log can be changed from outside")
	}
}

func TestLogsAreBounded(t *testing.T) {
	fake := linktreetest.New(&linktreetest.Options{Transport: panics{}})
	defer fake.Close()
	const n = 10_000 + 7
	for range n {
		r, err := http.NewRequest("GET", "http://linktree.test/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		fake.ServeHTTP(httptest.NewRecorder(), r)
	}
	all := fake.Requests()
	if len(all) != 10_000 || all[0].ID != "req_8" || all[9_999].ID != "req_10007" {
		t.Errorf("%d requests from %s to %s", len(all), all[0].ID, all[len(all)-1].ID)
	}
}

// panics is the transport of a provider that has nothing to deliver.
type panics struct{}

func (panics) RoundTrip(*http.Request) (*http.Response, error) { panic("a request") }

func TestNewPanics(t *testing.T) {
	for name, tt := range map[string]struct {
		o    linktreetest.Options
		want []string
	}{
		"negative":   {linktreetest.Options{MaxPage: -1}, []string{"negative"}},
		"secret":     {linktreetest.Options{Secret: "trailing\n"}, []string{"white space"}},
		"some paths": {linktreetest.Options{Paths: schema.Paths{Health: "health", Me: "/{id}"}}, []string{`"health"`, `"/{id}"`, `"" of Links`, "EnableWebhook"}},
		"extra":      {linktreetest.Options{Extra: map[string]any{"x": func() {}}}, []string{"extra members"}},
	} {
		text := panicText(func() { linktreetest.New(&tt.o) })
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: panic %q, want %q in it", name, text, want)
			}
		}
	}
}

func TestCreatorPanics(t *testing.T) {
	fake := linktreetest.New(nil)
	defer fake.Close()
	ada := fake.Creator("ada")
	fake.Creator("grace")
	for name, fn := range map[string]func(){
		"Creator":    func() { fake.Creator("") },
		"Token":      func() { ada.Token("everything") },
		"SetProfile": func() { ada.SetProfile(schema.Profile{Username: "grace"}) },
		"UpdateLink": func() { ada.UpdateLink("lnk_9", schema.LinkInput{}) },
		"DeleteLink": func() { ada.DeleteLink("lnk_9") },
		"Count":      func() { ada.Count("clicks", "lnk_1", time.Now(), math.NaN()) },
		"Emit":       func() { ada.Emit("x", func() {}) },
		"Fault":      func() { fake.Fault(linktreetest.Fault{Status: 100, Times: -1, RetryAfter: -1, Ending: 99}) },
		"RetryAfter": func() { fake.Fault(linktreetest.Fault{RetryAfter: 1}) },
	} {
		if text := panicText(fn); !strings.HasPrefix(text, "linktreetest: ") {
			t.Errorf("%s: panic %q", name, text)
		}
	}
	if got := fake.Creator("ada"); got != ada {
		t.Error("the panics have changed something, or left a lock")
	}
}

func panicText(fn func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	fn()
	return ""
}

func TestRename(t *testing.T) {
	fake, ada, c := open(t, nil)
	ada.SetProfile(schema.Profile{Username: "lovelace"})
	diff(t, "me", schema.Account{ID: "acc_1", Username: "lovelace"}, read[schema.Account](t, c.do("GET", "/me", "")))
	if fake.Creator("lovelace") != ada || fake.Creator("ada") == ada {
		t.Error("the old name is still hers, or the new one is not")
	}
}

// TestCutRequest: half a body is not carried out, even if it makes sense.
func TestCutRequest(t *testing.T) {
	_, ada, c := open(t, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /links HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n%s", c.token, newLink)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	diff(t, "status", 400, resp.StatusCode)
	diff(t, "links", 0, len(ada.Links()))
}
