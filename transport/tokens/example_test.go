package tokens_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/hooklatch/hooklatch/transport"
	"github.com/hooklatch/hooklatch/transport/tokens"
)

// The provider withdraws a token, and the manager has the next: no request
// fails.
func Example() {
	valid := "first"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+valid {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer srv.Close()
	base, _ := url.Parse(srv.URL)

	source := tokens.New(func(context.Context) ([]tokens.Token, error) {
		return []tokens.Token{{Value: valid}}, nil // a program asks its manager
	}, &tokens.Options{MinInterval: 1, Logger: slog.New(slog.DiscardHandler)})
	client := &http.Client{Transport: transport.Auth(source, base)(http.DefaultTransport)}
	for _, valid = range []string{"first", "second"} {
		resp, err := client.Get(srv.URL)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(valid, resp.StatusCode)
	}
	// Output:
	// first 200
	// second 200
}
