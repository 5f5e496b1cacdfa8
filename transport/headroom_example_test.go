package transport_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/hooklatch/hooklatch/transport"
)

// How much is left, as the provider sees it and as the client has counted.
func ExampleHeadroom() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit", "100")
		w.Header().Set("X-RateLimit-Remaining", "58")
	}))
	defer srv.Close()
	headroom := transport.NewHeadroom(nil)
	client := &http.Client{Transport: headroom.Layer(http.DefaultTransport)}

	fmt.Println("known:", headroom.Quota().Known)
	resp, err := client.Get(srv.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	q := headroom.Quota()
	fmt.Printf("%d of %d left, %d attempts in the last minute\n", q.Remaining, q.Limit, headroom.Attempts())
	// Output:
	// known: false
	// 58 of 100 left, 1 attempts in the last minute
}
