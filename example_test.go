package hooklatch_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
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

// A consumer of a queue has deliveries without HTTP: it verifies what it got,
// and hands it on in a context.
func ExampleNewContext() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	header, body := http.Header{}, []byte(`{"type":"link.created"}`)
	if err := scheme.Sign(header, verify.Envelope{ID: "evt-1"}, body); err != nil { // as the provider did
		log.Fatal(err)
	}

	d := &hooklatch.Delivery{Header: header, Body: body, Received: time.Now()}
	if d.Envelope, err = scheme.Verify(context.Background(), header, body); err != nil {
		log.Fatal(err)
	}
	ctx := hooklatch.NewContext(context.Background(), d)

	got, ok := hooklatch.FromContext(ctx)
	fmt.Println(got.ID, ok)
	// Output:
	// evt-1 true
}
