package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// An answer whose body does not come is an attempt that has timed out, not a
// body that can't be read.
func ExampleAttemptTimeout() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			_ = http.NewResponseController(w).Flush() // the header only
			<-r.Context().Done()
		}
		_, _ = io.WriteString(w, "the whole body")
	}))
	defer srv.Close()
	rt := transport.AttemptTimeout(&transport.AttemptTimeoutOptions{MaxBody: 1 << 10})(http.DefaultTransport)

	for _, path := range []string{"/quick", "/slow"} {
		ctx := transport.WithCall(context.Background(), transport.Call{Timeout: 100 * time.Millisecond})
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+path, nil)
		resp, err := rt.RoundTrip(r)
		if err != nil {
			fmt.Println(err, errors.Is(err, transport.ErrTimeout))
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		fmt.Printf("%d %q\n", resp.StatusCode, body)
	}
	// Output:
	// 200 "the whole body"
	// no answer in time: 100ms true
}
