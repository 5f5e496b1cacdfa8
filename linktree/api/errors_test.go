package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// kinds are all that an error can be told by: it must be of one of them only.
var kinds = []error{
	api.ErrUnauthorized, api.ErrForbidden, api.ErrNotFound, api.ErrRateLimited, api.ErrRefused, api.ErrServer,
	api.ErrMalformed, api.ErrInvalid, api.ErrScope, api.ErrEndlessList, api.ErrTimeout, api.ErrLocalLimit,
	api.ErrCircuitOpen, api.ErrTooLarge, api.ErrNoToken, api.ErrRedirected, api.ErrAccount, api.ErrNetwork,
	context.Canceled,
}

// wantError fails the test unless err is an *api.Error of that kind alone.
func wantError(t *testing.T, name string, err, kind error) {
	t.Helper()
	_ = errorOf(t, name, err, kind)
}

// errorOf is wantError that returns the error.
func errorOf(t *testing.T, name string, err, kind error) *api.Error {
	t.Helper()
	var e *api.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: %v, want an *api.Error", name, err)
	}
	for _, k := range kinds {
		if errors.Is(err, k) != (k == kind) {
			t.Errorf("%s: %v: errors.Is(err, %q) is %t", name, err, k, k != kind)
		}
	}
	return e
}

func TestStatuses(t *testing.T) {
	for status, kind := range map[int]error{
		400: api.ErrRefused,
		401: api.ErrUnauthorized,
		403: api.ErrForbidden,
		404: api.ErrNotFound,
		409: api.ErrRefused,
		422: api.ErrRefused,
		429: api.ErrRateLimited,
		500: api.ErrServer,
		501: api.ErrServer,
		503: api.ErrServer,
		302: api.ErrMalformed,
		304: api.ErrMalformed,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			fake, _, c := open(t, nil)
			fake.Fault(linktreetest.Fault{Status: status, RetryAfter: 7 * time.Second})
			_, err := c.Profile(t.Context())
			got := errorOf(t, "profile", err, kind)
			want := &api.Error{Op: api.OpProfile, Status: status, Attempts: 1, Code: "fault", RequestID: "req_1", RetryAfter: 7 * time.Second, Message: "this answer was asked for"}
			if status == 304 { // has no body
				want.Code, want.Message = "", ""
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(api.Error{}, "Err")); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "redirect") != (status == 302) {
				t.Errorf("%d: %v", status, err)
			}
			if strings.Contains(err.Error(), want.Message) && want.Message != "" {
				t.Errorf("%v: has the provider's text", err)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		err  *api.Error
		want string
	}{
		{
			&api.Error{Op: api.OpMe, Status: 403, Code: "scope", RequestID: "r1", Err: api.ErrForbidden, Message: "secret"},
			"linktree: account.read: status 403: the token does not allow this, code scope, request r1",
		},
		{&api.Error{Op: api.OpMe, Err: api.ErrTimeout}, "linktree: account.read: no answer in time"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%s\nwant %s", got, tt.want)
		}
	}
}

// Whatever the provider says of its errors is fit for a log.
func TestHostileErrors(t *testing.T) {
	long := strings.Repeat("é", 400)
	c := scripted(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(schema.HeaderRequestID, "a b\tc")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"code":"x\n\u001b[31mcritical","message":"\u202eevil\u0000\u2028`+long+`"}}`)
	}, nil)
	_, err := c.Me(t.Context())
	e := errorOf(t, "me", err, api.ErrRefused)
	if e.Code != "" || e.RequestID != "" {
		t.Errorf("code %q, request %q: want neither", e.Code, e.RequestID)
	}
	if !strings.HasPrefix(e.Message, "evilé") || len(e.Message) > 500 || !utf8.ValidString(e.Message) {
		t.Errorf("message %q", e.Message)
	}
	if err.Error() != "linktree: account.read: status 400: the provider refused the request" {
		t.Error(err)
	}
	c = scripted(t, says(400, `{"error":{"code":"`+strings.Repeat("x", 129)+`"}}`), nil)
	_, err = c.Me(t.Context())
	if e := errorOf(t, "long code", err, api.ErrRefused); e.Code != "" {
		t.Errorf("a code of %d bytes", len(e.Code))
	}
}

func TestMalformedAnswers(t *testing.T) {
	const secret = "s3cr3t"
	links := func(c *api.Client) error { return second(c.LinksPage(context.Background(), "", 0)) }
	me := func(c *api.Client) error { return second(c.Me(context.Background())) }
	create := func(c *api.Client) error {
		return second(c.CreateLink(context.Background(), schema.LinkInput{Title: ptr("t"), URL: ptr("u")}))
	}
	for name, tt := range map[string]struct {
		call func(*api.Client) error
		body string
		want string // in the error
	}{
		"empty":           {me, "", "no JSON object"},
		"null":            {me, " null", "no JSON object"},
		"an array":        {me, `["` + secret + `"]`, "no JSON object"},
		"HTML":            {me, "<html>" + secret, "no JSON object"},
		"cut":             {me, `{"id":"` + secret, "no JSON at byte 13"},
		"two":             {me, `{"id":"a"}{"id":"s3cr3t"}`, "no JSON at byte 11"},
		"another type":    {me, `{"id":{"` + secret + `":1}}`, `member "id" is no string`},
		"a huge number":   {links, `{"links":[{"link_id":"a","position":1e999}]}`, `member "links.position" is no int`},
		"a missing id":    {me, `{"uid":"` + secret + `"}`, `no member "id"`},
		"null links":      {links, `{"links":null}`, `no member "links"`},
		"missing links":   {links, `{"data":[{"link_id":"` + secret + `"}]}`, `no member "links"`},
		"a nameless link": {links, `{"links":[{"link_id":"a"},{"id":"b"}]}`, `no member "link_id"`},
		"no link":         {create, `{}`, `no member "link_id"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.call(scripted(t, says(200, tt.body), nil))
			wantError(t, name, err, api.ErrMalformed)
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("%v: want it to have %q, and nothing of the body", err, tt.want)
			}
		})
	}
	page, err := scripted(t, says(200, `{"links":[]}`), nil).LinksPage(t.Context(), "", 0)
	if err != nil || len(page.Links) != 0 {
		t.Errorf("an empty list: %v, %v, want no links and no error", page.Links, err)
	}
}

func TestTooLarge(t *testing.T) {
	for size, want := range map[int]error{100: nil, 101: api.ErrTooLarge} {
		body := `{"id":"a"}`
		body += strings.Repeat(" ", size-len(body))
		// Around AttemptTimeout and without it.
		for _, layers := range []func(http.RoundTripper) http.RoundTripper{nil, transport.Chain()} {
			c := scripted(t, says(200, body), &api.Options{MaxAnswer: 100, Layers: layers})
			if _, err := c.Me(t.Context()); want == nil && err != nil {
				t.Errorf("%d bytes: %v", size, err)
			} else if want != nil {
				wantError(t, "too large", err, want)
			}
		}
	}
}

// Without AttemptTimeout no more is read than may be, either.
func TestReadsNoMoreThanNeeded(t *testing.T) {
	body := strings.NewReader(`{"id":"` + strings.Repeat("a", 1<<20) + `"}`)
	base := transport.Func(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: readCloser{body}, Request: r}, nil
	})
	c := client(t, "http://fake.test", "tok_of_ada_8f3a91", &api.Options{Transport: base, Layers: transport.Chain(), MaxAnswer: 100})
	_, err := c.Me(t.Context())
	wantError(t, "too large", err, api.ErrTooLarge)
	if read := body.Size() - int64(body.Len()); read != 101 {
		t.Errorf("%d bytes were read", read)
	}
}

// A redirect is not followed, so that the token stays where it is.
func TestRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}, nil)
	_, err := c.Profile(t.Context())
	wantError(t, "redirect", err, api.ErrMalformed)
}

func TestTimeoutIsNoAuthFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{})
		defer fake.Fault(linktreetest.Fault{Ending: linktreetest.Hang})()
		for op, tt := range map[string]struct {
			call func() error
			want time.Duration
		}{
			"profile": {func() error { return second(c.Profile(t.Context())) }, 10 * time.Second},
			"other":   {func() error { return second(c.Me(t.Context())) }, 10 * time.Second},
			"analytics": {func() error {
				return second(c.Analytics(t.Context(), api.AnalyticsQuery{Metric: schema.MetricViews}))
			}, 30 * time.Second},
		} {
			start := time.Now()
			wantError(t, op, tt.call(), api.ErrTimeout)
			if took := time.Since(start); took != tt.want {
				t.Errorf("%s: took %v, want %v", op, took, tt.want)
			}
		}
	})
}

// A context of the caller's own that says otherwise about the time is obeyed.
func TestCallerTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{})
		defer fake.Fault(linktreetest.Fault{Ending: linktreetest.Hang})()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Profile(ctx)
		wantError(t, "deadline", err, api.ErrTimeout)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		_, err = c.Profile(api.WithOptions(t.Context(), api.CallOptions{Timeout: 2 * time.Second}))
		wantError(t, "attempt", err, api.ErrTimeout)
		if errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{Retry: &transport.RetryOptions{}})
		defer fake.Fault(linktreetest.Fault{Ending: linktreetest.Hang})()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := c.Profile(ctx)
		wantError(t, "cancelled", err, context.Canceled)
		if n := len(fake.Requests()); n != 1 || time.Since(start) != time.Second {
			t.Errorf("%d requests in %v", n, time.Since(start))
		}
	})
}

// What a layer refuses to send says when to try again.
func TestRefusedLocally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{
			PerMinute: 60, Limiter: &transport.LimiterOptions{Burst: 1, FailFast: true},
		})
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := c.Me(t.Context())
		e := errorOf(t, "limit", err, api.ErrLocalLimit)
		if e.RetryAfter <= 0 || e.RetryAfter > 2*time.Second {
			t.Errorf("%v: try again in %v", err, e.RetryAfter)
		}
		fake.Fault(linktreetest.Fault{Status: 500})
		for range 5 {
			time.Sleep(2 * time.Second)
			_, err = c.Me(t.Context())
			wantError(t, "dead", err, api.ErrServer)
		}
		time.Sleep(2 * time.Second)
		_, err = c.Me(t.Context())
		e = errorOf(t, "circuit", err, api.ErrCircuitOpen)
		if d := e.RetryAfter.Round(time.Second); d != 28*time.Second {
			t.Errorf("%v: try again in %v", err, e.RetryAfter)
		}
		if n := len(fake.Requests()); n != 6 {
			t.Errorf("%d requests, want 6", n)
		}
	})
}

// No text of an error has the token, the query or the body, whatever goes wrong
// below.
func TestErrorsAreDiscreet(t *testing.T) {
	const token, cursor, title = "tok_secret_4711", "cursor-4711", "title-4711"
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for name, fail := range map[string]func(r *http.Request) error{
		"dial": func(*http.Request) error { return refused },
		"url":  func(r *http.Request) error { return &url.Error{Op: "Get", URL: r.URL.String(), Err: refused} },
		"wrapped": func(r *http.Request) error {
			return fmt.Errorf("%s: %w", r.URL, &url.Error{URL: r.URL.String(), Err: refused})
		},
		"text":     func(r *http.Request) error { return fmt.Errorf("no way to %v", r.URL) },
		"header":   func(r *http.Request) error { return fmt.Errorf("bad header %v", r.Header) },
		"no cause": func(r *http.Request) error { return &url.Error{Op: "Get", URL: r.URL.String(), Err: errors.New("x")} },
	} {
		t.Run(name, func(t *testing.T) {
			base := transport.Func(func(r *http.Request) (*http.Response, error) {
				if r.Body != nil {
					r.Body.Close()
				}
				return nil, fail(r)
			})
			auth := transport.Auth(transport.StaticToken(token), &url.URL{Scheme: "http", Host: "fake.test"})
			for _, layers := range []func(http.RoundTripper) http.RoundTripper{nil, auth} {
				c := client(t, "http://fake.test", token, &api.Options{Transport: base, Layers: layers})
				_, read := c.LinksPage(t.Context(), cursor, 0)
				_, write := c.CreateLink(t.Context(), schema.LinkInput{Title: ptr(title), URL: ptr("https://x.example")})
				for _, err := range []error{read, write} {
					wantError(t, name, err, api.ErrNetwork)
					text := fmt.Sprintf("%v %+v %q", err, err, err)
					if strings.Contains(text, "4711") {
						t.Error(text)
					}
				}
				if name == "url" && !strings.Contains(read.Error(), "connection refused") {
					t.Errorf("%v: does not say why", read)
				}
			}
		})
	}
}

// A source that is down has the last token still, and one that is given nonsense
// is not obeyed.
func TestSourceFails(t *testing.T) {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()
	token, down := fake.Creator("ada").Token(), error(nil)
	c, err := api.New(transport.SourceFunc(func(context.Context, string) (string, error) { return token, down }),
		&api.Options{BaseURL: srv.URL, InsecureDevelopment: true, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	down = &url.Error{Op: "Get", URL: "https://vault.example/?key=s3cr3t", Err: errors.New("connection refused")}
	if _, err = c.Me(t.Context()); err != nil {
		t.Errorf("down: %v", err)
	}
	if _, err := api.New(transport.SourceFunc(func(context.Context, string) (string, error) { return "", down }), nil); err == nil ||
		strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("down from the beginning: %v", err)
	}
	down, token = nil, "two words"
	_, err = c.Me(t.Context())
	wantError(t, "nonsense", err, api.ErrNoToken)
	if !errors.Is(err, api.ErrConfig) || strings.Contains(err.Error(), "two words") {
		t.Error(err)
	}
	if n := len(fake.Requests()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}
