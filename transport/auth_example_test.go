package transport_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/hooklatch/hooklatch/transport"
)

// A token has been replaced: the request that finds out fetches the new one,
// and is sent again.
func ExampleAuth() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("<-", r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") != "Bearer new" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer srv.Close()
	token := "old" // to be guarded by a mutex, if there is more than one caller
	source := transport.SourceFunc(func(_ context.Context, rejected string) (string, error) {
		if rejected == token {
			token = "new" // as the secrets manager says
		}
		return token, nil
	})
	base, _ := url.Parse(srv.URL + "/v1")
	client := &http.Client{Transport: transport.Auth(source, base)(http.DefaultTransport)}

	for range 2 {
		resp, err := client.Get(srv.URL + "/v1/me")
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// <- Bearer old
	// <- Bearer new
	// 200
	// <- Bearer new
	// 200
}

// The token is for one host only, and does not follow a redirect.
func ExampleAuth_redirect() {
	show := func(name string) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			fmt.Printf("%s got %q\n", name, r.Header.Get("Authorization"))
		})
	}
	elsewhere := httptest.NewServer(show("elsewhere"))
	defer elsewhere.Close()
	mux := http.NewServeMux()
	mux.Handle("/v1/me", show("the API"))
	mux.Handle("/v1/moved", http.RedirectHandler(elsewhere.URL, http.StatusFound))
	srv := httptest.NewServer(mux)
	defer srv.Close()

	base, _ := url.Parse(srv.URL)
	client := &http.Client{Transport: transport.Auth(transport.StaticToken("t0ken"), base)(http.DefaultTransport)}
	for _, path := range []string{"/v1/me", "/v1/moved"} {
		resp, err := client.Get(srv.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
	}
	// Output:
	// the API got "Bearer t0ken"
	// elsewhere got ""
}
