package check_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/api/internal/rig"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// A watch calls back when something has changed, and then only.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := rig.OpenBubble(t, api.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		var seen []string
		start := time.Now()
		done := make(chan error)
		go func() {
			done <- check.Watch(ctx, c, 5*time.Minute, nil, func(before, now *check.Report) {
				from := "nothing"
				if before != nil {
					from = outcome(before)
				}
				seen = append(seen, fmt.Sprint(time.Since(start).Truncate(time.Minute), ": ", from, " -> ", outcome(now)))
			})
		}()
		time.Sleep(time.Hour + time.Second)
		fixed := fake.Fault(linktreetest.Fault{Path: "/links", Status: 500})
		time.Sleep(time.Hour)
		fixed()
		time.Sleep(time.Hour)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		const off = "webhook=off subscription=off"
		want := []string{
			"0s: nothing -> " + off,
			"1h5m0s: " + off + " -> webhook=off links=fail subscription=off",
			"2h5m0s: webhook=off links=fail subscription=off -> " + off,
		}
		if got := strings.Join(seen, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("got:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
		}
	})
}

// What was measured is there as numbers, for programs.
func TestNumbers(t *testing.T) {
	s := newSite(t)
	s.check.TokenIssued = time.Now().Add(-50 * time.Hour)
	s.fake.Fault(linktreetest.Fault{ClockSkew: 2 * time.Minute})
	r := s.report(t)
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Items []struct {
			Name    string
			Numbers map[string]float64
		}
	}
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	numbers := map[string]float64{}
	for _, item := range got.Items {
		for name, n := range item.Numbers {
			numbers[item.Name+" "+name] = n
		}
	}
	if n := numbers["clock skew_seconds"]; n < 115 || n > 125 {
		t.Errorf("skew %v", n)
	}
	if n := numbers["clock within_seconds"]; n <= 0 || n > 1 {
		t.Errorf("within %v", n)
	}
	for name, want := range map[string]float64{
		"headroom remaining": 98, "headroom limit": 100, "webhook certificate_days": 89,
		"subscription active": 1, "auth token_days": 2,
	} {
		if got, ok := numbers[name]; !ok || got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// A token that can do more than it must, or is old, is a warning.
func TestToken(t *testing.T) {
	for name, tt := range map[string]struct {
		tells, detail string
		scopes        []string
		age           time.Duration
		status        check.Status
	}{
		"not told":       {"", "is valid", []string{"a"}, 0, check.Pass},
		"as needed":      {"a, b", "is valid", []string{"a", "b", "c"}, 0, check.Pass},
		"more":           {"a, links:write admin", "links:write, admin", []string{"a"}, 0, check.Warn},
		"none needed":    {"a", "more than is needed: a", []string{}, 0, check.Warn},
		"not looked at":  {"a", "is valid", nil, 0, check.Pass},
		"odd words":      {"\x1b[31m, <b>", "is valid", []string{"a"}, 0, check.Pass},
		"young":          {"", "is valid", nil, 89 * day, check.Pass},
		"old":            {"", "is 91 days old", nil, 91 * day, check.Warn},
		"more, and old":  {"a", "more than is needed", []string{}, 91 * day, check.Warn},
		"never issued":   {"", "is valid", nil, -day, check.Pass},
		"just as it was": {"", "is valid", nil, 0, check.Pass},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.check.Scopes = tt.scopes
			if tt.age != 0 {
				s.check.TokenIssued = time.Now().Add(-tt.age)
			}
			s.client.Transport = transport.Func(func(r *http.Request) (*http.Response, error) {
				resp, err := http.DefaultTransport.RoundTrip(r)
				if err == nil {
					resp.Header.Set("X-OAuth-Scopes", tt.tells)
				}
				return resp, err
			})
			item := find(t, s.report(t), check.Auth)
			if item.Status != tt.status || !strings.Contains(item.Detail, tt.detail) {
				t.Errorf("%s: %q, want %s: %q", item.Status, item.Detail, tt.status, tt.detail)
			}
		})
	}
}

// All that is wrong with a configuration is in a report, each by itself.
func TestMisconfigured(t *testing.T) {
	_, err := api.New(transport.StaticToken("changeme"), &api.Options{BaseURL: "http://x", WebhookURL: "http://y", MaxPages: -1})
	r := check.Misconfigured(errors.Join(err, errors.New("and\x1b[31m this")))
	if len(r.Items) != 5 || r.ExitCode() != 2 || time.Since(r.Time) > time.Minute {
		t.Errorf("%s", r)
	}
	for i, want := range []string{"BaseURL", "WebhookURL", "MaxPages", "placeholder", "and[31m this"} {
		if item := r.Items[i]; item.Name != check.Configuration || item.Status != check.Fail || !strings.Contains(item.Detail, want) {
			t.Errorf("%+v, want %q in it", item, want)
		}
	}
}
