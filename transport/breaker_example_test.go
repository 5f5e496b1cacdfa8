package transport_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// A provider that is down is asked a few times, and then left alone for a
// while. Check stands in front of the limiter, so that no token is spent.
func ExampleBreaker() {
	hits, down := 0, true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if hits++; down {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	defer srv.Close()
	breaker := transport.NewBreaker(&transport.BreakerOptions{
		Failures: 2,
		OpenFor:  50 * time.Millisecond, // for the example: the default is 30 s
		Logger:   slog.New(slog.DiscardHandler),
	})
	limiter := transport.NewLimiter(90, nil)
	rt := transport.Chain(breaker.Check, limiter.Layer, breaker.Layer)(http.DefaultTransport)

	call := func() {
		r, _ := http.NewRequest(http.MethodGet, srv.URL, nil)
		resp, err := rt.RoundTrip(r)
		if err != nil {
			fmt.Println("not sent, circuit open:", errors.Is(err, transport.ErrCircuitOpen))
			return
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	for range 4 {
		call()
	}
	down = false
	time.Sleep(100 * time.Millisecond)
	call()
	fmt.Println(hits, "hits")
	// Output:
	// 502
	// 502
	// not sent, circuit open: true
	// not sent, circuit open: true
	// 200
	// 3 hits
}
