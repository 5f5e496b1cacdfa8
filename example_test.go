package hooklatch_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/verify"
)

// A handler behind the layers finds the delivery in the request's context.
func ExampleFromContext() {
	handler := func(_ http.ResponseWriter, r *http.Request) {
		d, ok := hooklatch.FromContext(r.Context())
		if !ok {
			return // not mounted behind the layers
		}
		fmt.Printf("%s says: %s\n", d, d.Body)
	}

	// What the layers do:
	d := &hooklatch.Delivery{
		Envelope: verify.Envelope{Provider: "linktree", Type: "link.created", ID: "evt-1"},
		Body:     []byte(`{"type":"link.created"}`),
	}
	r, _ := http.NewRequestWithContext(hooklatch.NewContext(context.Background(), d), http.MethodPost, "/", nil)
	handler(nil, r)
	// Output:
	// linktree link.created evt-1 says: {"type":"link.created"}
}
