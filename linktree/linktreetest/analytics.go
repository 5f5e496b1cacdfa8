package linktreetest

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A count is what is counted apart.
type count struct{ metric, date, linkID string }

// Count adds to the metric of a link on a day, in UTC. The link need not exist.
// It emits nothing: milestones are for [Creator.Emit]. It panics if value is
// infinite or no number.
func (c *Creator) Count(metric, linkID string, day time.Time, value float64) {
	if math.IsInf(value, 0) || math.IsNaN(value) {
		panic(fmt.Sprintf("linktreetest: Count: value %v", value))
	}
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.counts[count{metric, day.UTC().Format(time.DateOnly), linkID}] += value
}

// analytics answers for any creator there is: whether a token is good for
// another's numbers is not known of Linktree.
func (p *Provider) analytics(x *exchange) answer {
	q := x.URL.Query()
	metric := q.Get(schema.QueryMetric)
	if metric != schema.MetricClicks && metric != schema.MetricViews {
		return failed(http.StatusUnprocessableEntity, codeInvalid, "the metric is not %s or %s", schema.MetricClicks, schema.MetricViews)
	}
	from, errFrom := parseTime(q, schema.QueryFrom)
	to, errTo := parseTime(q, schema.QueryTo)
	if errFrom != nil || errTo != nil {
		return failed(http.StatusUnprocessableEntity, codeInvalid, "from or to is no RFC 3339 time")
	}
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return failed(http.StatusUnprocessableEntity, codeInvalid, "from is not before to")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := x.token.creator
	if username := q.Get(schema.QueryAccount); username != "" {
		if c = p.creators[username]; c == nil {
			return refused(http.StatusNotFound, noSuch("account"))
		}
	}
	return done(http.StatusOK, c.query(metric, q.Get(schema.QueryLinkID), from, to))
}

// query returns the days of which a part is in the range. The lock is held.
func (c *Creator) query(metric, linkID string, from, to time.Time) schema.Analytics {
	a := schema.Analytics{Metric: metric, Series: []schema.AnalyticsPoint{}}
	for k, value := range c.counts {
		day, err := time.Parse(time.DateOnly, k.date)
		if err != nil || k.metric != metric || linkID != "" && k.linkID != linkID {
			continue
		}
		if !day.AddDate(0, 0, 1).After(from) || !to.IsZero() && !day.Before(to) {
			continue
		}
		a.Series = append(a.Series, schema.AnalyticsPoint{Date: k.date, LinkID: k.linkID, Value: value})
	}
	slices.SortFunc(a.Series, func(a, b schema.AnalyticsPoint) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.LinkID, b.LinkID))
	})
	for _, point := range a.Series {
		a.Total += point.Value
	}
	return a
}

// parseTime returns the zero time if there is none.
func parseTime(q url.Values, name string) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, text)
}
