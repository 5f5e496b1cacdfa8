package api_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// newExample returns a client of a fake Linktree, with the token of its creator
// ada, who has two links. A program leaves BaseURL and InsecureDevelopment out,
// and takes the token from its environment.
func newExample(o api.Options) (*api.Client, *linktreetest.Provider, func()) {
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	srv := httptest.NewServer(fake)
	ada := fake.Creator("ada")
	ada.CreateLink("Shop", "https://shop.example")
	ada.CreateLink("Blog", "https://blog.example")

	o.BaseURL, o.InsecureDevelopment = srv.URL, true
	client, err := api.New(transport.StaticToken(ada.Token()), &o)
	if err != nil {
		log.Fatal(err)
	}
	return client, fake, func() {
		fake.Close()
		srv.Close()
	}
}

// What a program does when it starts, and to catch up with what it has missed.
func Example() {
	client, _, stop := newExample(api.Options{})
	defer stop()
	ctx := context.Background()

	sub, err := client.EnsureWebhook(ctx, "https://app.example.org/webhooks/linktree", linktree.EventTypes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("subscription", sub.ID, sub.Action)

	for link, err := range client.Links(api.Fresh(ctx)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(link.ID, link.Title)
	}
	// Output:
	// subscription wh_1 created
	// lnk_1 Shop
	// lnk_2 Blog
}

// A mistake in the configuration is found when the program starts, with all the
// others.
func ExampleNew() {
	_, err := api.New(transport.StaticToken("sk_test_4711"), &api.Options{
		BaseURL: "http://api.linktr.ee/v1",
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, api.ErrConfig))
	// Output:
	// linktree: configuration: BaseURL is not https
	// linktree: configuration: the token looks like one for a sandbox or for tests (Options.Sandbox permits those)
	// true
}

// What was read last stands in while the API fails.
func ExampleFreshness() {
	client, fake, stop := newExample(api.Options{
		Retry: &transport.RetryOptions{Attempts: 1},
	})
	defer stop()
	ctx := context.Background()

	profile, err := client.Profile(ctx)
	fmt.Println(profile.Username, profile.Stale, err)

	fake.Fault(linktreetest.Fault{Status: http.StatusServiceUnavailable})
	profile, err = client.Profile(ctx)
	fmt.Println(profile.Username, profile.Stale, profile.Age < time.Minute, err)

	_, err = client.Profile(api.Fresh(ctx)) // the provider's own word or none
	fmt.Println(errors.Is(err, api.ErrServer))
	// Output:
	// ada false <nil>
	// ada true true <nil>
	// true
}

func ExampleError() {
	client, fake, stop := newExample(api.Options{
		Retry: &transport.RetryOptions{MaxWait: time.Second}, // do not wait for long
	})
	defer stop()
	fake.Fault(linktreetest.Fault{Status: http.StatusTooManyRequests, RetryAfter: 30 * time.Second})

	_, err := client.Me(context.Background())
	var e *api.Error
	switch {
	case errors.Is(err, api.ErrUnauthorized), errors.Is(err, api.ErrForbidden):
		fmt.Println("the token is the problem")
	case errors.Is(err, api.ErrTimeout):
		fmt.Println("the network or the provider is slow")
	case errors.Is(err, api.ErrRateLimited) && errors.As(err, &e):
		fmt.Println(e.Op, "again in", e.RetryAfter)
	}
	// Output: account.read again in 30s
}

// An update that fails does not keep the others from being made.
func ExampleClient_UpdateLinks() {
	client, _, stop := newExample(api.Options{})
	defer stop()

	title := "Store"
	results, err := client.UpdateLinks(context.Background(), []schema.LinkUpdate{
		{ID: "lnk_1", LinkInput: schema.LinkInput{Title: &title}},
		{ID: "lnk_7", LinkInput: schema.LinkInput{Title: &title}},
	})
	fmt.Println(err)
	for _, r := range results {
		fmt.Println(r.ID, r.Link.Title, errors.Is(r.Err, api.ErrNotFound))
	}
	// Output:
	// linktree: 1 of 2 links were not updated; the first: linktree: links.update: not found, code not_found
	// lnk_1 Store false
	// lnk_7  true
}

// Only creators who have agreed to it are looked at.
func ExampleClient_Analytics() {
	client, fake, stop := newExample(api.Options{Creators: []string{"ada"}})
	defer stop()
	fake.Creator("ada").Count(schema.MetricClicks, "lnk_1", time.Now(), 12)

	for _, account := range []string{"ada", "bob"} {
		clicks, err := client.Analytics(context.Background(), api.AnalyticsQuery{Account: account, Metric: schema.MetricClicks})
		fmt.Println(account, clicks.Total, err)
	}
	// Output:
	// ada 12 <nil>
	// bob 0 linktree: analytics.query: the account is not in Options.Creators
}

// A chain of one's own: here without a memory or a breaker. It has to send the
// token itself.
func ExampleOptions_layers() {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()

	source := transport.StaticToken(fake.Creator("ada").Token())
	base, err := url.Parse(srv.URL)
	if err != nil {
		log.Fatal(err)
	}
	client, err := api.New(source, &api.Options{
		BaseURL:             srv.URL,
		InsecureDevelopment: true, // for the fake, which speaks http
		Layers: transport.Chain(
			transport.Retry(nil),
			transport.NewLimiter(30, nil).Layer,
			transport.Auth(source, base),
			transport.AttemptTimeout(nil),
		),
	})
	if err != nil {
		log.Fatal(err)
	}
	me, err := client.Me(context.Background())
	fmt.Println(me.Username, err)
	// Output: ada <nil>
}

// The observer is where metrics are counted.
func ExampleOptions_calls() {
	client, fake, stop := newExample(api.Options{
		Calls: transport.Observer(func(_ context.Context, o transport.Observation) {
			fmt.Println("call:", o.Operation, o.Outcome, o.Status)
		}),
		Attempts: transport.Observer(func(_ context.Context, o transport.Observation) {
			fmt.Println("attempt:", o.Operation, o.Outcome, o.Status)
		}),
		Retry: &transport.RetryOptions{Backoff: time.Millisecond},
	})
	defer stop()
	fake.Fault(linktreetest.Fault{Status: http.StatusBadGateway, Times: 1})
	_, _ = client.Me(context.Background())

	fmt.Println("requests in the last minute:", client.Headroom().Attempts)
	// Output:
	// attempt: account.read server error 502
	// attempt: account.read ok 200
	// call: account.read ok 200
	// requests in the last minute: 2
}

// An endpoint that the client has no method for, with all that the others have.
func ExampleClient_Do() {
	client, _, stop := newExample(api.Options{})
	defer stop()
	var profile struct{ Username, Theme string }
	answer, err := client.Do(context.Background(), api.Request{Path: "/profile"}, &profile)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Status, answer.RequestID, profile.Username)
	// Output:
	// 200 req_1 ada
}

// A write whose answer is lost may have taken effect. With a key it can be sent
// again, at a provider that honours keys, as the fake does.
func ExampleWithOptions() {
	client, fake, stop := newExample(api.Options{Retry: &transport.RetryOptions{Attempts: 1}})
	defer stop()
	fake.Fault(linktreetest.Fault{Method: http.MethodPost, Ending: linktreetest.Cut, Times: 1})

	title, url := "Tour", "https://tour.example"
	ctx := api.WithOptions(context.Background(), api.CallOptions{IdempotencyKey: "tour-2026"})
	_, err := client.CreateLink(ctx, schema.LinkInput{Title: &title, URL: &url})
	fmt.Println("unknown:", errors.Is(err, api.ErrOutcomeUnknown))
	link, err := client.CreateLink(ctx, schema.LinkInput{Title: &title, URL: &url})
	fmt.Println(link.Title, err)
	// Output:
	// unknown: true
	// Tour <nil>
}

// A program that acts for many creators has a client for each, and one transport.
func ExampleNewAccounts() {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()

	tokens := map[string]string{"ada": fake.Creator("ada").Token(), "bob": fake.Creator("bob").Token()}
	accounts, err := api.NewAccounts(func(account string) transport.Source {
		return transport.StaticToken(tokens[account]) // a program asks its secrets manager
	}, &api.Options{BaseURL: srv.URL, InsecureDevelopment: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"ada", "bob", "eve"} {
		client, err := accounts.Client(name)
		if err != nil {
			fmt.Println(name, "has no token")
			continue
		}
		profile, err := client.Profile(context.Background())
		fmt.Println(profile.Username, err)
	}
	// Output:
	// ada <nil>
	// bob <nil>
	// eve has no token
}
