package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// A minute's requests may go at once, and the next one a minute later. A caller
// that has no time for that learns it at once.
func ExampleLimiter() {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	limiter := transport.NewLimiter(5, nil) // 5 a minute
	client := &http.Client{Transport: limiter.Layer(http.DefaultTransport)}

	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	for i := range 6 {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
		resp, err := client.Do(r)
		if err != nil {
			fmt.Println(i+1, "over the limit:", errors.Is(err, transport.ErrLocalLimit))
			continue
		}
		resp.Body.Close()
		fmt.Println(i+1, resp.StatusCode)
	}
	// Output:
	// 1 200
	// 2 200
	// 3 200
	// 4 200
	// 5 200
	// 6 over the limit: true
}

// Analytics get a small part of the limit, so that they leave the rest to
// others.
func ExampleLimiterOptions_classes() {
	limiter := transport.NewLimiter(90, &transport.LimiterOptions{
		Classes:  map[string]int{"analytics": 1},
		FailFast: true,
	})
	rt := limiter.Layer(transport.Func(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	}))
	for _, class := range []string{"analytics", "analytics", "links"} {
		ctx := transport.WithCall(context.Background(), transport.Call{Class: class})
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://api.example/v1", nil)
		_, err := rt.RoundTrip(r)
		var refused *transport.RefusedError
		if errors.As(err, &refused) {
			fmt.Println(class, "again in", refused.RetryAfter.Round(time.Second))
			continue
		}
		fmt.Println(class, "sent")
	}
	// Output:
	// analytics sent
	// analytics again in 1m1s
	// links sent
}
