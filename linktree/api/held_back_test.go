package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// A provider that wants to be left alone for hours leaves no caller hanging: what
// was read last is there at once. It is left alone for minutes, and no longer
// than until a person resumes.
func TestLongRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{Limiter: &transport.LimiterOptions{}, Retry: &transport.RetryOptions{}})
		if _, err := c.Profile(t.Context()); err != nil {
			t.Fatal(err)
		}
		fake.Fault(linktreetest.Fault{Times: 1, Status: 429, RetryAfter: 6 * time.Hour})
		start := time.Now()
		for range 3 {
			if p, err := c.Profile(t.Context()); err != nil || !p.Stale {
				t.Errorf("%+v, %v", p, err)
			}
		}
		_, err := c.Me(t.Context())
		if e := errorOf(t, "me", err, api.ErrLocalLimit); e.RetryAfter != 5*time.Minute {
			t.Errorf("again in %v", e.RetryAfter)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		c.Resume()
		if _, err := c.Me(t.Context()); err != nil {
			t.Errorf("resumed: %v", err)
		}
	})
}

// Slow analytics hold up no others, be the provider known to be healthy or not,
// and however many of them wait for the limit.
func TestSlowAnalytics(t *testing.T) {
	for _, healthy := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			fake, _, c := openBubble(t, api.Options{PerMinute: 90})
			if healthy {
				_, err := c.Me(t.Context())
				_, aerr := c.Analytics(t.Context(), api.AnalyticsQuery{Metric: schema.MetricClicks})
				if err != nil || aerr != nil {
					t.Fatal(err, aerr)
				}
			}
			fake.Fault(linktreetest.Fault{Path: "/analytics", Latency: 25 * time.Second})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for range 120 {
				go func() { _, _ = c.Analytics(ctx, api.AnalyticsQuery{Metric: schema.MetricClicks}) }()
			}
			time.Sleep(time.Second)
			start := time.Now()
			for range 20 {
				if _, err := c.Profile(t.Context()); err != nil {
					t.Errorf("healthy %v: %v", healthy, err)
				}
			}
			if took := time.Since(start); took > 0 {
				t.Errorf("healthy %v: 20 profile reads took %v", healthy, took)
			}
			cancel()
			synctest.Wait()
		})
	}
}

// What one class of operations comes to opens no circuit of another.
func TestCircuits(t *testing.T) {
	calls := map[string]func(*api.Client, context.Context) error{
		"/profile": func(c *api.Client, ctx context.Context) error { return second(c.Profile(ctx)) },
		"/links":   func(c *api.Client, ctx context.Context) error { return second(c.LinksPage(ctx, "", 0)) },
		"/analytics": func(c *api.Client, ctx context.Context) error {
			return second(c.Analytics(ctx, api.AnalyticsQuery{Metric: schema.MetricClicks}))
		},
		"/webhooks": func(c *api.Client, ctx context.Context) error {
			for _, err := range c.Webhooks(ctx) {
				return err
			}
			return nil
		},
	}
	for down := range calls {
		synctest.Test(t, func(t *testing.T) {
			fake, _, c := openBubble(t, api.Options{})
			ctx := api.Fresh(t.Context())
			fake.Fault(linktreetest.Fault{Path: down, Status: 500})
			for range 6 {
				_ = calls[down](c, ctx)
			}
			for path, call := range calls {
				if err := call(c, ctx); errors.Is(err, api.ErrCircuitOpen) != (path == down) || err == nil == (path == down) {
					t.Errorf("%s is down, %s: %v", down, path, err)
				}
			}
		})
	}
}

// An observer of calls is told of an answer that is none, too.
func TestObserversOfNonsense(t *testing.T) {
	var calls, attempts []transport.Observation
	note := func(to *[]transport.Observation) transport.Observer {
		return transport.Observer(func(_ context.Context, o transport.Observation) { *to = append(*to, o) })
	}
	c := scripted(t, says(200, "<html>"), &api.Options{Calls: note(&calls), Attempts: note(&attempts)})
	_, err := c.Me(t.Context())
	wantError(t, "me", err, api.ErrMalformed)
	if len(calls) != 1 || calls[0].Outcome != transport.OutcomeNetworkError || !errors.Is(calls[0].Err, api.ErrMalformed) {
		t.Errorf("calls: %+v", calls)
	}
	if len(attempts) != 1 || attempts[0].Outcome != transport.OutcomeOK {
		t.Errorf("attempts: %+v", attempts)
	}
}

// A transport that breaks the rules makes calls fail, not panic.
func TestOddTransports(t *testing.T) {
	through := func(next http.RoundTripper) http.RoundTripper { return next }
	for name, rt := range map[string]transport.Func{
		"nothing":           func(*http.Request) (*http.Response, error) { return nil, nil },
		"no reason":         func(*http.Request) (*http.Response, error) { return nil, &url.Error{Op: "Get"} },
		"no reason, within": func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("x: %w", &url.Error{Op: "Get"}) },
	} {
		for _, layers := range []func(http.RoundTripper) http.RoundTripper{nil, through} {
			c := client(t, "http://fake.test", "tok_of_ada_8f3a91", &api.Options{Transport: rt, Layers: layers})
			_, err := c.Profile(t.Context())
			var e *api.Error
			if !errors.As(err, &e) || e.Status != 0 || strings.Contains(err.Error(), "PANIC") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A token that was taken back gets nothing from memory any more.
func TestStaleAfterRevocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{})
		if _, err := c.LinksPage(t.Context(), "", 0); err != nil {
			t.Fatal(err)
		}
		up := fake.Fault(linktreetest.Fault{Status: 401})
		_, err := c.Me(t.Context())
		wantError(t, "me", err, api.ErrUnauthorized)
		up()
		fake.Fault(linktreetest.Fault{Status: 503})
		_, err = c.LinksPage(t.Context(), "", 0)
		wantError(t, "links", err, api.ErrServer)
	})
}
