package api_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestAnalytics(t *testing.T) {
	_, ada, c := open(t, nil)
	day := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		ada.Count(schema.MetricClicks, "l1", day.AddDate(0, 0, i), float64(i)+0.5)
	}
	got, err := c.Analytics(t.Context(), api.AnalyticsQuery{
		Metric: schema.MetricClicks, LinkID: "l1", From: day.AddDate(0, 0, 1), To: day.AddDate(0, 0, 3),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := api.Analytics{Analytics: schema.Analytics{
		Metric: "clicks",
		Total:  4,
		Series: []schema.AnalyticsPoint{{Date: "2026-02-01", LinkID: "l1", Value: 1.5}, {Date: "2026-02-02", LinkID: "l1", Value: 2.5}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCreatorScope(t *testing.T) {
	for name, tt := range map[string]struct {
		creators []string
		refused  []string
		allowed  []string
	}{
		"no list":     {nil, nil, []string{api.OwnAccount, "ada", "bob"}},
		"empty list":  {[]string{}, []string{api.OwnAccount, "ada", "bob"}, nil},
		"ada":         {[]string{"ada"}, []string{api.OwnAccount, "bob", "Ada", "ada "}, []string{"ada"}},
		"ada and own": {[]string{"ada", api.OwnAccount}, []string{"bob"}, []string{"ada", api.OwnAccount}},
	} {
		t.Run(name, func(t *testing.T) {
			opts := &api.Options{Creators: tt.creators}
			fake, _, c := open(t, opts)
			fake.Creator("bob")
			if len(tt.creators) > 0 {
				opts.Creators[0] = "bob" // too late to count
			}
			for _, account := range tt.refused {
				_, err := c.Analytics(t.Context(), api.AnalyticsQuery{Account: account, Metric: schema.MetricViews})
				wantError(t, account, err, api.ErrScope)
			}
			if n := len(fake.Requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
			for _, account := range tt.allowed {
				if _, err := c.Analytics(t.Context(), api.AnalyticsQuery{Account: account, Metric: schema.MetricViews}); err != nil {
					t.Errorf("%q: %v", account, err)
				}
			}
		})
	}
}
