package api

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// An AnalyticsQuery says what is to be counted.
type AnalyticsQuery struct {
	Account  string    // the creator's username; empty is [OwnAccount]
	LinkID   string    // one link; empty is all of them
	Metric   string    // such as [schema.MetricClicks]; needed
	From, To time.Time // From inclusive, To exclusive, in whole seconds; zero leaves it to the provider
}

// Analytics is the answer to a query, and how old it is.
type Analytics struct {
	schema.Analytics
	Freshness
}

// Analytics asks how often something happened. An account that Options.Creators
// doesn't have is refused with [ErrScope], and nothing is sent. Whether LinkID is
// a link of that account is the provider's to check. While the provider fails it
// is what was last answered to the same query; see [Freshness].
func (c *Client) Analytics(ctx context.Context, q AnalyticsQuery) (Analytics, error) {
	if c.opts.Creators != nil && !slices.Contains(c.opts.Creators, q.Account) {
		return Analytics{}, &Error{Op: OpAnalytics, Err: ErrScope}
	}
	if q.Metric == "" {
		return Analytics{}, invalid(opAnalytics, "a metric is needed")
	}
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return Analytics{}, invalid(opAnalytics, "From is not before To")
	}
	var a Analytics
	answer, err := c.do(ctx, request{op: opAnalytics, query: q.values()}, &a.Analytics)
	if err != nil {
		return Analytics{}, err
	}
	a.Freshness = answer.Freshness
	return a, nil
}

// values returns the query's parameters.
func (q *AnalyticsQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		schema.QueryAccount: q.Account,
		schema.QueryLinkID:  q.LinkID,
		schema.QueryMetric:  q.Metric,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	for name, t := range map[string]time.Time{schema.QueryFrom: q.From, schema.QueryTo: q.To} {
		if !t.IsZero() {
			v.Set(name, t.UTC().Format(time.RFC3339))
		}
	}
	return v
}
