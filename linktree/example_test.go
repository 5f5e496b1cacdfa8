package linktree_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func ExampleReceiver() {
	scheme, err := provider.Linktree("a secret") // from the environment, in a program
	if err != nil {
		log.Fatal(err)
	}
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		fmt.Printf("%s: %q at %s\n", e.ID, e.Data.Title, e.Data.URL)
		return nil
	}))
	mux.Handle(linktree.ProfileUpdated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.ProfileUpdatedData]) error {
		return errors.New("the database is away") // 500: the retry runs this again
	}))
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	http.Handle("/webhooks/linktree", linktree.Receiver(hook, scheme, lru.New(nil), mux, nil))

	// What Linktree sends:
	for _, delivery := range []struct{ id, body string }{
		{"evt-1", `{"type":"link.created","data":{"title":"My shop","url":"https://shop.example"}}`},
		{"evt-1", `{"type":"link.created","data":{"title":"My shop","url":"https://shop.example"}}`},
		{"evt-2", `{"type":"profile.updated","data":{"username":"ada"}}`},
	} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/linktree", strings.NewReader(delivery.body))
		if err := scheme.Sign(r.Header, verify.Envelope{ID: delivery.id}, []byte(delivery.body)); err != nil {
			log.Fatal(err)
		}
		w := httptest.NewRecorder()
		http.DefaultServeMux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// evt-1: "My shop" at https://shop.example
	// 200 {"received":true}
	// 200 {"duplicate":true}
	// 500 Internal server error
}
