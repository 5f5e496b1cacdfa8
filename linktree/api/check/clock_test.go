package check_test

import (
	"net/http"
	"net/http/httptest"
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

func TestClock(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  linktreetest.Fault
		max    time.Duration
		status check.Status
		detail string
	}{
		"right":         {linktreetest.Fault{}, 0, check.Pass, "at most "},
		"28 s":          {linktreetest.Fault{ClockSkew: 28 * time.Second}, 0, check.Pass, "at most "},
		"behind":        {linktreetest.Fault{ClockSkew: 2 * time.Minute}, 0, check.Warn, "behind the provider's: set it"},
		"ahead":         {linktreetest.Fault{ClockSkew: -2 * time.Minute}, 0, check.Warn, "ahead of the provider's: set it"},
		"far behind":    {linktreetest.Fault{ClockSkew: 6 * time.Minute}, 0, check.Fail, "webhooks are refused"},
		"far ahead":     {linktreetest.Fault{ClockSkew: -6 * time.Minute}, time.Hour, check.Fail, "webhooks are refused"},
		"allowed":       {linktreetest.Fault{ClockSkew: 2 * time.Minute}, 3 * time.Minute, check.Pass, "at most 2m"},
		"no Date":       {linktreetest.Fault{Header: http.Header{"Date": {""}}}, 0, check.Warn, "(Date)"},
		"nonsense":      {linktreetest.Fault{Header: http.Header{"Date": {"today"}}}, 0, check.Warn, "(Date)"},
		"out of a time": {linktreetest.Fault{Header: http.Header{"Date": {"Fri, 31 Dec 9999 23:59:59 GMT"}}}, 0, check.Fail, "behind"},
		"the first day": {linktreetest.Fault{Header: http.Header{"Date": {"Mon, 01 Jan 0001 00:00:00 GMT"}}}, 0, check.Fail, "ahead of"},
		// The clocks of a provider's that fails can be compared all the same.
		"without a token": {linktreetest.Fault{ClockSkew: 2 * time.Minute, Status: 401}, 0, check.Warn, "behind"},
		"in an outage":    {linktreetest.Fault{ClockSkew: 2 * time.Minute, Status: 503}, 0, check.Warn, "behind"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.check.MaxSkew = tt.max
			s.fake.Fault(tt.fault)
			item := find(t, s.report(t), check.Clock)
			if item.Status != tt.status || !strings.Contains(item.Detail, tt.detail) {
				t.Errorf("%s: %q, want %s: %q", item.Status, item.Detail, tt.status, tt.detail)
			}
		})
	}
}

// A slow answer does not pass for a wrong clock: its Date can be of any moment
// since the request, and where an answer was fast it counts.
func TestClockOfSlowAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		slow   linktreetest.Fault
		skew   time.Duration
		status check.Status
		detail string
	}{
		"all slow":            {linktreetest.Fault{Latency: 8 * time.Second}, 0, check.Pass, "at most 9s"},
		"all slow, 35 s":      {linktreetest.Fault{Latency: 8 * time.Second}, 35 * time.Second, check.Warn, "is 40s behind"},
		"all slow, 30 s":      {linktreetest.Fault{Latency: 8 * time.Second}, 30 * time.Second, check.Pass, "at most 39s"},
		"one slow":            {linktreetest.Fault{Latency: 8 * time.Second, Path: "/me"}, 0, check.Pass, "at most 1s"},
		"all but one slow":    {linktreetest.Fault{Latency: 8 * time.Second, Path: "/health"}, 0, check.Pass, "at most 1s"},
		"retried before":      {linktreetest.Fault{Status: 503, Times: 1}, 0, check.Pass, "at most 1s"},
		"retried, and 35 s":   {linktreetest.Fault{Status: 503, Times: 1}, 35 * time.Second, check.Warn, "behind"},
		"one minute, and all": {linktreetest.Fault{Latency: 8 * time.Second}, -time.Minute, check.Warn, "ahead of"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, _, c := rig.OpenBubble(t, api.Options{Retry: &transport.RetryOptions{}})
				// Date is when the answer goes out: the fault that is slow
				// is also the one that is skewed.
				fake.Fault(linktreetest.Fault{ClockSkew: tt.skew})
				tt.slow.ClockSkew = tt.skew
				fake.Fault(tt.slow)
				item := find(t, check.Run(t.Context(), c, nil), check.Clock)
				if item.Status != tt.status || !strings.Contains(item.Detail, tt.detail) {
					t.Errorf("%s: %q, want %s: %q", item.Status, item.Detail, tt.status, tt.detail)
				}
			})
		})
	}
}

// What the layers wait before they send a request is no time in which its
// answer's Date can be from.
func TestClockOfWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, c := rig.OpenBubble(t, api.Options{Layers: func(next http.RoundTripper) http.RoundTripper {
			return transport.Func(func(r *http.Request) (*http.Response, error) {
				time.Sleep(5 * time.Second)
				return next.RoundTrip(r)
			})
		}})
		item := find(t, check.Run(t.Context(), c, nil), check.Clock)
		if item.Status != check.Pass || !strings.Contains(item.Detail, "at most 1s") {
			t.Errorf("%s: %q", item.Status, item.Detail)
		}
	})
}

// A transport that is not net/http's tells less; what the layers waited then
// counts as time in which the Date can be from.
func TestClockWithoutTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
		defer fake.Close()
		c := rig.Client(t, "http://fake.test", fake.Creator("ada").Token(), &api.Options{Transport: transport.Func(
			func(r *http.Request) (*http.Response, error) {
				time.Sleep(2 * time.Second)
				w := httptest.NewRecorder()
				fake.ServeHTTP(w, r)
				time.Sleep(2 * time.Second)
				return w.Result(), nil
			},
		)})
		item := find(t, check.Run(t.Context(), c, nil), check.Clock)
		if item.Status != check.Pass || !strings.Contains(item.Detail, "at most 3s") {
			t.Errorf("%s: %q", item.Status, item.Detail)
		}
	})
}
