package hookechov4_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	hookechov4 "github.com/hooklatch/hooklatch/adapters/echov4"
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
func post(app http.Handler, scheme *verify.Scheme, typ string) {
	event := hooktest.NewEvent(typ, map[string]any{"link_id": "lnk_1", "title": "Shop"})
	srv := httptest.NewServer(app)
	defer srv.Close()
	sender := &hooktest.Sender{URL: srv.URL + "/webhooks/linktree", Signer: scheme, Client: srv.Client()}
	for range 2 {
		answer := sender.Post(context.Background(), event)
		fmt.Printf("%d %s\n", answer.Status, answer.Body)
	}
}

// save is where a link takes effect.
func save(_ context.Context, link linktree.LinkCreatedData) error {
	fmt.Println("new link:", link.Title)
	return nil
}

func onLinkCreated(c echo.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
	return save(c.Request().Context(), e.Data)
}

func Example() {
	scheme, _ := provider.Linktree("the webhook's secret")
	store := lru.New(nil)
	hook := middleware.NewEndpoint("linktree", nil)

	e := echo.New()
	e.Any("/webhooks/linktree",
		hookechov4.JSON(linktree.LinkCreated, onLinkCreated, nil),
		hookechov4.Wrap(hook.Layers(scheme, store, nil)))

	post(e, scheme, linktree.LinkCreated)
	// Output:
	// new link: Shop
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// The layers one by one, in front of a handler written for echo.
func ExampleWrap() {
	scheme, _ := provider.Linktree("the webhook's secret")
	hook := middleware.NewEndpoint("linktree", nil)

	e := echo.New()
	e.Use(echomiddleware.Recover())
	e.Any("/webhooks/linktree", func(c echo.Context) error {
		var event struct{ Type string }
		if err := c.Bind(&event); err != nil {
			return err
		}
		fmt.Println("handling", event.Type)
		return c.JSONBlob(http.StatusOK, []byte(`{"ok":true}`))
	}, hookechov4.Wrap(
		hook.Accept(scheme),
		hook.Capture(1<<20, nil),
		hook.Verify(scheme),
		hook.Limit(256),
		hook.Once(lru.New(nil), nil),
	))

	post(e, scheme, linktree.LinkCreated)
	// Output:
	// handling link.created
	// 200 {"ok":true}
	// 200 {"duplicate":true}
}

// An event of another type is acknowledged, and the handler does not see it.
func ExampleJSON() {
	scheme, _ := provider.Linktree("the webhook's secret")
	store := lru.New(nil)
	hook := middleware.NewEndpoint("linktree", nil)

	e := echo.New()
	e.Any("/webhooks/linktree",
		hookechov4.JSON(linktree.LinkCreated, func(c echo.Context, ev dispatch.Event[linktree.LinkCreatedData]) error {
			return save(c.Request().Context(), ev.Data) // an error: the sender's retry runs this again
		}, nil),
		hookechov4.Wrap(hook.Layers(scheme, store, nil)))

	post(e, scheme, linktree.LinkCreated)
	post(e, scheme, linktree.LinkDeleted)
	// Output:
	// new link: Shop
	// 200 {"received":true}
	// 200 {"duplicate":true}
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

func ExampleHandler() {
	scheme, _ := provider.Linktree("the webhook's secret")
	hook := middleware.NewEndpoint("linktree", nil)
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		return save(ctx, e.Data)
	}))
	receiver := linktree.Receiver(hook, scheme, lru.New(nil), mux, nil)

	e := echo.New()
	e.Any("/webhooks/linktree", hookechov4.Handler(receiver))

	post(e, scheme, linktree.LinkCreated)
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
	e.Any("/webhooks/linktree", func(c echo.Context) error {
		d, ok := hookechov4.Delivery(c)
		if !ok {
			return echo.ErrInternalServerError
		}
		fmt.Println(d.Provider, "key", d.KeyID)
		return nil
	}, hookechov4.Wrap(hook.Layers(scheme, lru.New(nil), nil)))

	post(e, old, linktree.LinkCreated)
	// Output:
	// linktree key 2
	// 200 {"received":true}
	// 200 {"duplicate":true}
}
