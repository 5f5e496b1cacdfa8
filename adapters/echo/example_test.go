package hookecho_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v5"

	hookecho "github.com/hooklatch/hooklatch/adapters/echo"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// post sends an event to the program as Linktree does, and prints the answer.
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

func ExampleWrap() {
	scheme, _ := provider.Linktree("the webhook's secret")
	hook := middleware.NewEndpoint("linktree", nil)

	e := echo.New()
	e.Any("/webhooks/linktree", func(c *echo.Context) error {
		var event struct{ Type string }
		if err := c.Bind(&event); err != nil {
			return err
		}
		fmt.Println("handling", event.Type)
		return c.JSONBlob(http.StatusOK, []byte(`{"ok":true}`))
	}, hookecho.Wrap(
		hook.Accept(scheme),
		hook.Capture(1<<20, nil),
		hook.Verify(scheme),
		hook.Once(lru.New(nil), nil),
	))

	post(e, "/webhooks/linktree", scheme)
	// Output:
	// handling link.created
	// 200 {"ok":true}
	// 200 {"duplicate":true}
}

func ExampleJSON() {
	scheme, _ := provider.Linktree("the webhook's secret")
	hook := middleware.NewEndpoint("linktree", nil)

	e := echo.New()
	e.Any("/webhooks/linktree", hookecho.JSON(func(_ *echo.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		if e.Type != linktree.LinkCreated {
			return nil // of no concern, but received
		}
		fmt.Println("new link:", e.Data.Title)
		return nil // an error: the sender's retry runs this again
	}), hookecho.Wrap(
		hook.Accept(scheme),
		hook.Capture(1<<20, nil),
		hook.Verify(scheme),
		hook.Once(lru.New(nil), nil),
	))

	post(e, "/webhooks/linktree", scheme)
	// Output:
	// new link: Shop
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

func ExampleHandler() {
	scheme, _ := provider.Linktree("the webhook's secret")
	hook := middleware.NewEndpoint("linktree", nil)
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		fmt.Println("new link:", e.Data.Title)
		return nil
	}))

	e := echo.New()
	e.Any("/webhooks/linktree", hookecho.Handler(linktree.Receiver(hook, scheme, lru.New(nil), mux, nil)))

	post(e, "/webhooks/linktree", scheme)
	// Output:
	// new link: Shop
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// What the layers have learnt of a delivery: here, that the old secret is still
// in use.
func ExampleDelivery() {
	old, _ := provider.Linktree("the old secret")
	scheme, _ := provider.Linktree("the new secret", "the old secret")
	hook := middleware.NewEndpoint("linktree", nil)

	e := echo.New()
	e.Any("/webhooks/linktree", func(c *echo.Context) error {
		d, ok := hookecho.Delivery(c)
		if !ok {
			return echo.ErrInternalServerError
		}
		fmt.Println(d.Provider, "key", d.KeyID)
		return nil
	}, hookecho.Wrap(
		hook.Accept(scheme),
		hook.Capture(1<<20, nil),
		hook.Verify(scheme),
		hook.Once(lru.New(nil), nil),
	))

	post(e, "/webhooks/linktree", old)
	// Output:
	// linktree key 2
	// 200 {"received":true}
	// 200 {"duplicate":true}
}
