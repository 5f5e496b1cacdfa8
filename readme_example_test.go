package hooklatch_test

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// The layers, one by one, in front of a handler that is there already.
func Example_layers() {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	store := lru.New(nil)
	yourHandler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		fmt.Println(d)
	})

	hook := middleware.NewEndpoint("linktree", nil)
	receive := middleware.Chain(
		hook.Accept(scheme),      // HEAD → 200; unsigned → 401 before the body is read
		hook.Capture(1<<20, nil), // the body as it came, up to 1 MiB
		hook.Verify(scheme),      // or VerifyFor: a secret for each tenant
		hook.Limit(256),          // deliveries worked on at once
		hook.Once(store, nil),    // each delivery once
	)
	http.Handle("/webhooks/linktree", receive(yourHandler))

	// What the provider sends, and sends again:
	event := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1"})
	event.ID = "evt-1"
	for range 2 {
		w := httptest.NewRecorder()
		r := hooktest.NewRequest(new(testing.T), "/webhooks/linktree", scheme, event)
		http.DefaultServeMux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// linktree linktree evt-1
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// Have each refusal explained in the log, while you look for a mistake.
func ExampleDelivery_explainRefusals() {
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{
		Explain: &verify.ExplainOptions{Providers: provider.Specs()},
	})
	fmt.Println(hook.Name())
	// Output: linktree
}

// newApp is the program whose handler the test below is for.
func newApp(v verify.Verifier) http.Handler {
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	return hook.Receiver(v, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
}

func TestWebhook(t *testing.T) {
	scheme, err := provider.Linktree("test secret")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	event := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})
	newApp(scheme).ServeHTTP(w, hooktest.NewRequest(t, "/webhooks/linktree", scheme, event))
	if w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
}
