package api_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

func mustParse(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// What the provider has answered can be had beside the result: status, header,
// request id and JSON, with members that the client does not know.
func TestAnswer(t *testing.T) {
	_, _, c := open(t, nil)
	var answer api.Answer
	ctx := api.WithOptions(t.Context(), api.CallOptions{Answer: &answer})
	if _, err := c.Profile(ctx); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Username string
		Newer    map[string]string
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil || body.Username != "ada" || body.Newer["than"] != "the client" {
		t.Errorf("body %s, %v", answer.Body, err)
	}
	if answer.Status != 200 || answer.RequestID != "req_1" || answer.Header.Get(schema.HeaderRateLimitRemaining) == "" || answer.Stale {
		t.Errorf("%+v", answer)
	}
	for _, err := range c.Links(api.Fresh(ctx)) {
		t.Error("there is no link:", err)
	}
	if answer.RequestID != "req_2" {
		t.Errorf("%+v", answer)
	}
	before := answer
	if _, err := c.CreateLink(ctx, schema.LinkInput{}); err == nil || answer.RequestID != before.RequestID {
		t.Errorf("%v, and now %+v", err, answer)
	}
}

// A client with more layers sends through them, and then through the others.
func TestWith(t *testing.T) {
	fake, _, c := open(t, nil)
	var seen []string
	noting := func(name string) func(http.RoundTripper) http.RoundTripper {
		return func(next http.RoundTripper) http.RoundTripper {
			return transport.Func(func(r *http.Request) (*http.Response, error) {
				seen = append(seen, name+" "+transport.CallFrom(r.Context()).Operation)
				return next.RoundTrip(r)
			})
		}
	}
	if _, err := c.With(noting("outer"), noting("inner")).Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, ", "); got != "outer account.read, inner account.read" || len(fake.Requests()) != 2 || c.Headroom().Attempts != 2 {
		t.Errorf("%s; %d requests", got, len(fake.Requests()))
	}
}

// Where there is no endpoint for bulk updates, each link is updated by itself.
func TestBulkMissing(t *testing.T) {
	for _, status := range []int{404, 405, 501} {
		fake, ada, c := open(t, nil)
		one, two := ada.CreateLink("One", "https://1.example"), ada.CreateLink("Two", "https://2.example")
		fake.Fault(linktreetest.Fault{Path: "/links/bulk", Status: status})
		updates := []schema.LinkUpdate{
			{ID: one.ID, LinkInput: schema.LinkInput{Title: ptr("I")}},
			{ID: "lnk_none", LinkInput: schema.LinkInput{Title: ptr("none")}},
			{ID: two.ID, LinkInput: schema.LinkInput{Title: ptr("II")}},
		}
		for range 2 {
			results, err := c.UpdateLinks(t.Context(), updates)
			var bulk *api.BulkError
			if !errors.As(err, &bulk) || bulk.Failed != 1 || !errors.Is(results[1].Err, api.ErrNotFound) ||
				results[0].Link.Title != "I" || results[2].Link.Title != "II" {
				t.Errorf("%d: %+v, %v", status, results, err)
			}
		}
		tried := 0
		for _, r := range fake.Requests() {
			if r.Path == "/links/bulk" {
				tried++
			}
		}
		if tried != 1 {
			t.Errorf("%d: the missing endpoint was tried %d times, want once", status, tried)
		}
	}
}

// A list of full pages and ever-new cursors ends at the bound.
func TestEndlessList(t *testing.T) {
	n := 0
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		says(200, `{"links":[{"link_id":"a"}],"webhooks":[{"id":"a"}],"next_cursor":"`+strconv.Itoa(n)+`"}`)(w, r)
	}, &api.Options{MaxPages: 7})
	last := func(list func(func(error) bool)) (last error) {
		list(func(err error) bool { last = err; return true })
		return last
	}
	links := last(func(yield func(error) bool) {
		for _, err := range c.Links(t.Context()) {
			yield(err)
		}
	})
	wantError(t, "links", links, api.ErrEndlessList)
	if n != 7 {
		t.Errorf("%d pages were read, want 7", n)
	}
	webhooks := last(func(yield func(error) bool) {
		for _, err := range c.Webhooks(t.Context()) {
			yield(err)
		}
	})
	wantError(t, "webhooks", webhooks, api.ErrEndlessList)
}

// What broke the connection can be told.
func TestNetworkErrors(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	unresolved := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}}
	}}
	for name, tt := range map[string]struct {
		url  string
		rt   http.RoundTripper
		want []error
		not  []error
	}{
		"refused":             {"http://127.0.0.1:1", nil, []error{api.ErrNetwork}, []error{api.ErrDNS, api.ErrTLS}},
		"no such host":        {"http://api.example", unresolved, []error{api.ErrNetwork, api.ErrDNS}, []error{api.ErrTLS}},
		"untrusted":           {untrusted.URL, &http.Transport{}, []error{api.ErrNetwork, api.ErrTLS}, []error{api.ErrDNS}},
		"no TLS":              {"https" + strings.TrimPrefix(plain.URL, "http"), &http.Transport{}, []error{api.ErrNetwork, api.ErrTLS}, []error{api.ErrDNS}},
		"no common version":   {untrusted.URL, &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10}}, []error{api.ErrTLS}, []error{api.ErrDNS}},
		"follows a redirect":  {"http://127.0.0.1:1", failing{transport.ErrRedirected}, []error{api.ErrRedirected}, []error{api.ErrNetwork}},
		"the caller gives up": {"http://127.0.0.1:1", failing{context.Canceled}, []error{context.Canceled}, []error{api.ErrNetwork}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(t, tt.url, "tok_of_ada_8f3a91", &api.Options{Transport: tt.rt}).Me(t.Context())
			for _, want := range tt.want {
				if !errors.Is(err, want) {
					t.Errorf("%v, want %q", err, want)
				}
			}
			for _, not := range tt.not {
				if errors.Is(err, not) {
					t.Errorf("%v, and not %q", err, not)
				}
			}
		})
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A Transport that follows redirects does not take the token along.
func TestTransportFollows(t *testing.T) {
	var stolen []string
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stolen = append(stolen, r.Header.Get("Authorization"))
	}))
	defer evil.Close()
	following := transport.Func(func(r *http.Request) (*http.Response, error) {
		for {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil || resp.StatusCode != http.StatusTemporaryRedirect {
				return resp, err
			}
			resp.Body.Close()
			r = r.Clone(r.Context())
			r.URL = mustParse(resp.Header.Get("Location"))
			r.Host = r.URL.Host
		}
	})
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, evil.URL, http.StatusTemporaryRedirect)
	}, &api.Options{Transport: following})
	_, err := c.Me(t.Context())
	wantError(t, "redirected", err, api.ErrRedirected)
	if len(stolen) > 0 {
		t.Errorf("the other server got %q", stolen)
	}
}
