package hookchi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/hooklatch/hooklatch"
	hookchi "github.com/hooklatch/hooklatch/adapters/chi"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// post sends an event to the program twice, as Linktree may, and prints the
// answers.
func post(app http.Handler, path string, scheme *verify.Scheme) {
	event := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})
	srv := httptest.NewServer(app)
	defer srv.Close()
	sender := &hooktest.Sender{URL: srv.URL + path, Signer: scheme, Client: srv.Client()}
	for range 2 {
		answer := sender.Post(context.Background(), event)
		fmt.Printf("%d %s\n", answer.Status, answer.Body)
	}
}

func onWebhook(w http.ResponseWriter, r *http.Request) {
	d, _ := hooklatch.FromContext(r.Context())
	fmt.Println("handling a delivery of", d.Provider)
	_, _ = io.WriteString(w, "thanks") // a sender that is gone comes again
}

// The layers are chi middlewares as they are.
func Example() {
	scheme, _ := provider.Linktree("the webhook's secret")
	store := lru.New(nil)
	hook := middleware.NewEndpoint("linktree", nil)
	chimiddleware.DefaultLogger = quiet

	r := chi.NewRouter()
	r.Use(chimiddleware.Logger, chimiddleware.Recoverer)
	r.With(hook.Layers(scheme, store, nil)).HandleFunc("/webhooks/linktree", onWebhook)

	post(r, "/webhooks/linktree", scheme)
	// Output:
	// handling a delivery of linktree
	// 200 thanks
	// 200 {"duplicate":true}
}

// quiet is a logger for programs whose output is compared.
func quiet(next http.Handler) http.Handler { return next }

// A ready receiver needs no more than a route, for all methods.
func Example_receiver() {
	scheme, _ := provider.Linktree("the webhook's secret")
	hook := middleware.NewEndpoint("linktree", nil)
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		fmt.Println("new link:", e.Data.Title)
		return nil
	}))
	receiver := linktree.Receiver(hook, scheme, lru.New(nil), mux, nil)

	r := chi.NewRouter()
	r.Handle("/webhooks/linktree", receiver)

	post(r, "/webhooks/linktree", scheme)
	// Output:
	// new link: Shop
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// Each tenant has a secret, found by the path. Under With, Group or Route the
// path is known; with Use on the router it is not yet.
func ExampleURLParam() {
	acme, _ := provider.Linktree("acme's secret")
	hook := middleware.NewEndpoint("linktree", nil)
	secrets := map[string]verify.Verifier{"acme": acme}

	r := chi.NewRouter()
	r.With(
		hook.Capture(1<<20, nil),
		hook.VerifyFor(hookchi.URLParam("tenant"), func(_ context.Context, tenant string) (verify.Verifier, error) {
			if v := secrets[tenant]; v != nil {
				return v, nil
			}
			return nil, verify.ErrNoSecret
		}),
		hook.Once(lru.New(nil), nil),
	).HandleFunc("/webhooks/{tenant}", func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		fmt.Println("a delivery for", d.Tenant)
	})

	post(r, "/webhooks/acme", acme)
	post(r, "/webhooks/another", acme)
	// Output:
	// a delivery for acme
	// 200 {"received":true}
	// 200 {"duplicate":true}
	// 403 Invalid signature
	// 403 Invalid signature
}
