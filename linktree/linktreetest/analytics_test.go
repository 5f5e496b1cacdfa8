package linktreetest_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestAnalytics(t *testing.T) {
	fake, ada, c := open(t, nil)
	day := func(d int) time.Time { return time.Date(2026, 1, d, 15, 4, 5, 0, time.UTC) }
	ada.Count(schema.MetricClicks, "lnk_2", day(2), 4)
	ada.Count(schema.MetricClicks, "lnk_1", day(2), 1.5)
	ada.Count(schema.MetricClicks, "lnk_1", day(2), 1)
	ada.Count(schema.MetricClicks, "lnk_1", day(1), 10)
	ada.Count(schema.MetricClicks, "lnk_1", day(3), 100)
	ada.Count(schema.MetricViews, "lnk_1", day(2), 1000)
	fake.Creator("grace").Count(schema.MetricClicks, "lnk_7", day(2), 7)

	one := schema.AnalyticsPoint{Date: "2026-01-01", LinkID: "lnk_1", Value: 10}
	two := schema.AnalyticsPoint{Date: "2026-01-02", LinkID: "lnk_1", Value: 2.5}
	other := schema.AnalyticsPoint{Date: "2026-01-02", LinkID: "lnk_2", Value: 4}
	three := schema.AnalyticsPoint{Date: "2026-01-03", LinkID: "lnk_1", Value: 100}
	for _, tt := range []struct {
		query string
		want  []schema.AnalyticsPoint
	}{
		{"", []schema.AnalyticsPoint{one, two, other, three}},
		{"link_id=lnk_1", []schema.AnalyticsPoint{one, two, three}},
		{"link_id=lnk_9", []schema.AnalyticsPoint{}},
		{"from=2026-01-02T00:00:00Z", []schema.AnalyticsPoint{two, other, three}},
		{"to=2026-01-02T00:00:00Z", []schema.AnalyticsPoint{one}},
		{"from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z", []schema.AnalyticsPoint{two, other}},
		{"from=2026-01-01T23:59:59Z&to=2026-01-02T00:00:01Z&link_id=lnk_1", []schema.AnalyticsPoint{one, two}},
		{"from=2026-01-02T01:00:00" + url.QueryEscape("+02:00") + "&to=2026-01-02T12:00:00Z&link_id=lnk_1", []schema.AnalyticsPoint{one, two}},
		{"account=ada&link_id=lnk_2", []schema.AnalyticsPoint{other}},
		{"account=grace", []schema.AnalyticsPoint{{Date: "2026-01-02", LinkID: "lnk_7", Value: 7}}},
	} {
		rep := c.do("GET", "/analytics?metric=clicks&"+tt.query, "")
		c.wants(200, "", rep)
		want := schema.Analytics{Metric: "clicks", Series: tt.want}
		for _, p := range tt.want {
			want.Total += p.Value
		}
		diff(t, tt.query, want, read[schema.Analytics](t, rep))
	}
}

func TestBadAnalytics(t *testing.T) {
	_, _, c := open(t, nil)
	for _, query := range []string{
		"", "metric=likes", "metric=clicks&from=yesterday", "metric=clicks&to=2026-01-02",
		"metric=clicks&from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z",
	} {
		c.wants(422, "invalid_request", c.do("GET", "/analytics?"+query, ""))
	}
	c.wants(404, "not_found", c.do("GET", "/analytics?metric=clicks&account=none", ""))
}
