package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// The profile outlives an outage of hours, says so, and is the new one after.
func TestStaleProfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, api.Options{})
		want := func(when, bio string, f api.Freshness) {
			t.Helper()
			p, err := c.Profile(t.Context())
			if err != nil || p.Bio != bio || p.Freshness != f {
				t.Errorf("%s: %+v, %v, want %q, %+v", when, p, err, bio, f)
			}
		}
		ada.SetProfile(schema.Profile{Bio: "old"})
		want("at first", "old", api.Freshness{})
		up := fake.Fault(linktreetest.Fault{Status: 503})
		ada.SetProfile(schema.Profile{Bio: "new"})
		for hour := range 23 {
			time.Sleep(time.Hour)
			want("in the outage", "old", api.Freshness{Stale: true, Age: time.Duration(hour+1) * time.Hour})
		}
		time.Sleep(time.Minute) // until the circuit lets one try again
		_, err := c.Profile(api.Fresh(t.Context()))
		wantError(t, "fresh", err, api.ErrServer)
		if _, err := c.Me(t.Context()); err == nil {
			t.Error("Me is answered from memory")
		}
		time.Sleep(59 * time.Minute)
		_, err = c.Profile(t.Context())
		wantError(t, "too old", err, api.ErrServer)
		up()
		time.Sleep(time.Minute)
		want("after", "new", api.Freshness{})

		hanging := fake.Fault(linktreetest.Fault{Ending: linktreetest.Hang})
		want("silence", "new", api.Freshness{Stale: true, Age: 10 * time.Second})
		hanging()
		fake.Fault(linktreetest.Fault{Status: 403})
		_, err = c.Profile(t.Context())
		wantError(t, "forbidden", err, api.ErrForbidden)
	})
}

// An answer that is none does not take the place of the one that is kept.
func TestStaleForNonsense(t *testing.T) {
	for _, body := range []string{"<html>We will be back</html>", `{"username":"a`, "[]", `"x"`} {
		synctest.Test(t, func(t *testing.T) {
			fake, _, c := openBubble(t, api.Options{})
			if _, err := c.Profile(t.Context()); err != nil {
				t.Fatal(err)
			}
			fake.Fault(linktreetest.Fault{Body: body})
			for range 2 {
				time.Sleep(time.Minute)
				if p, err := c.Profile(t.Context()); err != nil || p.Username != "ada" || !p.Stale {
					t.Errorf("%s: %+v, %v", body, p, err)
				}
			}
			_, err := c.Profile(api.Fresh(t.Context()))
			if e := errorOf(t, body, err, api.ErrMalformed); e.Op != api.OpProfile || e.Status != 200 || e.RequestID != "req_4" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// With FreshFor, answers come from memory, but a client sees its own changes of
// links.
func TestFreshFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, api.Options{Stale: &transport.StaleOptions{FreshFor: time.Minute}})
		first := ada.CreateLink("one", "https://one.example")
		titles := func() string {
			var all []string
			page, err := c.LinksPage(t.Context(), "", 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, link := range page.Links {
				all = append(all, link.Title)
			}
			return strings.Join(all, " ")
		}
		steps := []struct {
			do       func()
			want     string
			requests int
		}{
			{func() {}, "one", 1},
			{func() { time.Sleep(59 * time.Second) }, "one", 0},
			{func() { ada.CreateLink("two", "https://two.example") }, "one", 0},
			{func() { time.Sleep(time.Second) }, "one two", 1},
			{func() {
				if _, err := c.UpdateLink(t.Context(), first.ID, schema.LinkInput{Title: ptr("1")}); err != nil {
					t.Error(err)
				}
			}, "1 two", 2},
			{func() {
				_, err := c.UpdateLinks(t.Context(), []schema.LinkUpdate{{ID: first.ID, LinkInput: schema.LinkInput{Title: ptr("I")}}})
				if err != nil {
					t.Error(err)
				}
			}, "I two", 2},
			{func() { time.Sleep(61 * time.Second) }, "I two", 1},
			{func() {}, "I two", 0},
		}
		for i, step := range steps {
			before := len(fake.Requests())
			step.do()
			if got := titles(); got != step.want {
				t.Errorf("step %d: %q, want %q", i, got, step.want)
			}
			if n := len(fake.Requests()) - before; n != step.requests {
				t.Errorf("step %d: %d requests, want %d", i, n, step.requests)
			}
		}
	})
}

// An attempt whose answer is lost, and one that is refused: the write is done
// once, and its key says that it is the same.
func TestWriteIsRepeatedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, api.Options{Retry: &transport.RetryOptions{IdempotencyKeys: true}})
		fake.Fault(linktreetest.Fault{Ending: linktreetest.Cut, Times: 1})
		fake.Fault(linktreetest.Fault{Status: 503, RetryAfter: 20 * time.Second, Times: 1})
		start := time.Now()
		if _, err := c.CreateLink(t.Context(), schema.LinkInput{Title: ptr("Shop"), URL: ptr("https://shop.example")}); err != nil {
			t.Fatal(err)
		}
		keys := map[string]int{}
		for _, r := range fake.Requests() {
			keys[r.Header.Get(schema.HeaderIdempotencyKey)]++
		}
		if n := len(ada.Links()); n != 1 || len(keys) != 1 || len(fake.Requests()) != 3 || time.Since(start) < 20*time.Second {
			t.Errorf("%d links by %d requests with %d keys in %v", n, len(fake.Requests()), len(keys), time.Since(start))
		}
	})
}

// Thirty callers who want all they can get: the provider never sees more than
// 90 in any minute, and so refuses none.
func TestUnderTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{Limiter: new(transport.LimiterOptions)})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				for {
					if _, err := c.Me(ctx); err != nil {
						return // the context's deadline
					}
				}
			})
		}
		wg.Wait()
		all := fake.Requests()
		for i, r := range all {
			if r.Status != http.StatusOK {
				t.Fatalf("request %d: status %d", i, r.Status)
			}
			if i >= 90 && r.Time.Sub(all[i-90].Time) < time.Minute {
				t.Fatalf("requests %d to %d in %v", i-90, i, r.Time.Sub(all[i-90].Time))
			}
		}
		if len(all) < 5*85 {
			t.Errorf("%d requests in five minutes: too timid", len(all))
		}
	})
}

// However many callers there are, a dead API is asked five times.
func TestDeadAPI(t *testing.T) {
	for name, fault := range map[string]linktreetest.Fault{
		"failing": {Status: 500},
		"hanging": {Ending: linktreetest.Hang},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, _, c := openBubble(t, api.Options{Retry: &transport.RetryOptions{}, Limiter: new(transport.LimiterOptions)})
				defer fake.Fault(fault)()
				var wg sync.WaitGroup
				for range 50 {
					wg.Go(func() {
						if _, err := c.Me(t.Context()); err == nil {
							t.Error("no error")
						}
					})
				}
				wg.Wait()
				if n := len(fake.Requests()); n != 5 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

// A token that the provider has taken back is replaced by the source's next.
func TestTokenIsRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := linktreetest.New(nil)
		srv := hooktest.NewServer(t, fake)
		t.Cleanup(fake.Close)
		ada := fake.Creator("ada")
		current, asked := ada.Token(), 0
		source := transport.SourceFunc(func(_ context.Context, rejected string) (string, error) {
			if rejected != "" && rejected == current {
				asked++
				current = ada.Token()
			}
			return current, nil
		})
		c, err := api.New(source, &api.Options{
			BaseURL: srv.URL, Transport: srv.Client().Transport, InsecureDevelopment: true, Logger: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		fake.Revoke(current)
		if me, err := c.Me(t.Context()); err != nil || me.Username != "ada" || asked != 1 {
			t.Errorf("%+v, %v, asked %d times", me, err, asked)
		}
	})
}

// The observers see the calls and what is sent for them.
func TestObservers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		note := func(name string) transport.Observer {
			return transport.Observer(func(_ context.Context, o transport.Observation) {
				seen = append(seen, fmt.Sprintf("%s %s: %s %d", name, o.Operation, o.Outcome, o.Status))
			})
		}
		fake, _, c := openBubble(t, api.Options{
			Calls: note("call"), Attempts: note("attempt"), Retry: &transport.RetryOptions{},
		})
		fake.Fault(linktreetest.Fault{Status: 500, Times: 1})
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		fake.Fault(linktreetest.Fault{Status: 401})
		if err := c.DeleteLink(t.Context(), "l1"); err == nil {
			t.Fatal("no error")
		}
		want := []string{
			"attempt account.read: server error 500", "attempt account.read: ok 200", "call account.read: ok 200",
			"attempt link.delete: auth 401", "call link.delete: auth 401",
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Error(diff)
		}
	})
}

// A class of its own keeps analytics from using up what the others need.
func TestClasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, api.Options{
			Limiter: &transport.LimiterOptions{Classes: map[string]int{api.ClassAnalytics: 10}},
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() { _, _ = c.Analytics(ctx, api.AnalyticsQuery{Metric: schema.MetricViews}) })
			wg.Go(func() { _, _ = c.Me(ctx) })
		}
		wg.Wait()
		analytics := slices.DeleteFunc(fake.Requests(), func(r linktreetest.Request) bool { return r.Path != "/analytics" })
		if all := len(fake.Requests()); len(analytics) > 10 || all-len(analytics) != 30 {
			t.Errorf("%d of %d requests are for analytics", len(analytics), all)
		}
	})
}
