package transport_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// provider plays the API: it takes a request and returns status and body.
func provider(answer func(n int, r *http.Request) (int, string)) (*httptest.Server, *url.URL) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		status, body := answer(n, r)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	base, _ := url.Parse(server.URL)
	return server, base
}

// All layers in their order, under a plain http.Client.
func Example() {
	server, base := provider(func(n int, r *http.Request) (int, string) {
		if n == 1 {
			return http.StatusServiceUnavailable, "down for a moment"
		}
		return http.StatusOK, "Ada's profile"
	})
	defer server.Close()

	source := transport.StaticToken("token") // from the environment, say
	observer := func(what string) transport.Observer {
		return transport.Observer(func(_ context.Context, o transport.Observation) {
			fmt.Println(what, o.Outcome)
		})
	}
	breaker := transport.NewBreaker(nil)
	client := &http.Client{Transport: transport.Chain(
		transport.Stale(source, &transport.StaleOptions{Paths: []string{"/v1/me"}, FreshFor: time.Minute}),
		transport.Metrics(observer("call:")),
		transport.Retry(&transport.RetryOptions{Backoff: time.Millisecond}),
		breaker.Check,
		transport.NewLimiter(90, nil).Layer,
		breaker.Layer,
		transport.Metrics(observer("attempt:")),
		transport.NewHeadroom(nil).Layer,
		transport.Auth(source, base),
		transport.AttemptTimeout(nil),
	)(http.DefaultTransport)}

	for range 2 { // the second is answered from memory
		resp, err := client.Get(server.URL + "/v1/me")
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, string(body))
	}
	// Output:
	// attempt: server error
	// attempt: ok
	// call: ok
	// 200 Ada's profile
	// 200 Ada's profile
}

// A profile is served from memory while the provider is down, and the answer
// says so.
func ExampleStale() {
	server, base := provider(func(n int, r *http.Request) (int, string) {
		if n > 1 {
			return http.StatusServiceUnavailable, "down"
		}
		return http.StatusOK, "Ada's profile"
	})
	defer server.Close()

	source := transport.StaticToken("token")
	client := &http.Client{Transport: transport.Chain(
		transport.Stale(source, &transport.StaleOptions{Paths: []string{"/v1/me"}}),
		transport.Auth(source, base),
	)(http.DefaultTransport)}

	for _, path := range []string{"/v1/me", "/v1/me", "/v1/links"} {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		_, stale := transport.Staleness(resp)
		fmt.Printf("%s: %d %s, stale: %v\n", path, resp.StatusCode, body, stale)
	}
	// Output:
	// /v1/me: 200 Ada's profile, stale: false
	// /v1/me: 200 Ada's profile, stale: true
	// /v1/links: 503 down, stale: false
}

// A POST whose answer was a 503 is sent again under the same key, so that the
// provider can tell that it is the same one.
func ExampleRetry() {
	keys := map[string]bool{}
	server, _ := provider(func(n int, r *http.Request) (int, string) {
		body, _ := io.ReadAll(r.Body)
		keys[r.Header.Get("Idempotency-Key")] = true
		fmt.Printf("attempt %d: %s\n", n, body)
		if n == 1 {
			return http.StatusServiceUnavailable, ""
		}
		return http.StatusCreated, ""
	})
	defer server.Close()

	client := &http.Client{Transport: transport.Retry(&transport.RetryOptions{
		IdempotencyKeys: true,
		Backoff:         time.Millisecond, // for the example
	})(http.DefaultTransport)}
	resp, err := client.Post(server.URL+"/v1/links", "application/json", strings.NewReader(`{"title":"Shop"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.Status, "with", len(keys), "key")
	// Output:
	// attempt 1: {"title":"Shop"}
	// attempt 2: {"title":"Shop"}
	// 201 Created with 1 key
}

// The same layer counts calls outside of Retry, and attempts inside of it.
func ExampleMetrics() {
	server, _ := provider(func(n int, _ *http.Request) (int, string) {
		if n == 1 {
			return http.StatusBadGateway, ""
		}
		return http.StatusOK, ""
	})
	defer server.Close()

	count := func(what string) transport.Observer {
		return transport.Observer(func(_ context.Context, o transport.Observation) {
			fmt.Println(what, o.Operation, o.Outcome)
		})
	}
	rt := transport.Chain(
		transport.Metrics(count("call")),
		transport.Retry(&transport.RetryOptions{Backoff: time.Millisecond}),
		transport.Metrics(count("attempt")),
	)(http.DefaultTransport)

	ctx := transport.WithCall(context.Background(), transport.Call{Operation: "profile.read"})
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	resp, err := rt.RoundTrip(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	// Output:
	// attempt profile.read server error
	// attempt profile.read ok
	// call profile.read ok
}

// Both forms of the header.
func ExampleRetryAfter() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, value := range []string{"30", "Sun, 01 Mar 2026 12:00:30 GMT", "soon"} {
		fmt.Println(transport.RetryAfter(http.Header{"Retry-After": {value}}, now))
	}
	// Output:
	// 30s true
	// 30s true
	// 0s false
}

// A source whose tokens change asks for a new one when the last was refused.
func ExampleSourceFunc() {
	token := "first"
	source := transport.SourceFunc(func(_ context.Context, rejected string) (string, error) {
		if rejected == token {
			token = "second" // stands for a call of the secrets manager
		}
		return token, nil
	})
	fmt.Println(source.Token(context.Background(), ""))
	fmt.Println(source.Token(context.Background(), "first"))
	// Output:
	// first <nil>
	// second <nil>
}

// A token is not printed by accident.
func ExampleStaticToken() {
	fmt.Println(transport.StaticToken("s3cret"))
	// Output: static token
}
