package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"

	hookecho "github.com/hooklatch/hooklatch/adapters/echo"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// newApp returns the whole program. It logs to out.
func newApp(scheme *verify.Scheme, links *catalog, out io.Writer) http.Handler {
	e := echo.New()
	e.Logger = slog.New(slog.NewTextHandler(out, nil))
	e.HTTPErrorHandler = mapErrors
	e.Use(echomiddleware.RequestLogger(), echomiddleware.Recover())
	e.GET("/healthz", func(c *echo.Context) error { return c.NoContent(http.StatusNoContent) })
	e.GET("/links/:id", func(c *echo.Context) error {
		link, err := links.find(c.Param("id"))
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, link)
	})

	// The echo way: a native handler, the layers as its middleware.
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: e.Logger})
	e.Any("/webhooks/linktree",
		hookecho.JSON("link.*", links.onEvent, nil),
		hookecho.Wrap(hook.Layers(scheme, lru.New(nil), nil)))

	// The net/http way: a receiver with its own router by event type. It is an
	// endpoint of its own, and gets each of its deliveries, too.
	mounted := middleware.NewEndpoint("linktree-mounted", &middleware.EndpointOptions{Logger: e.Logger})
	mux := &dispatch.Mux{Logger: e.Logger}
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		return links.add(e.Data)
	}))
	mux.Handle(linktree.LinkDeleted, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkDeletedData]) error {
		return links.remove(e.Data.LinkID)
	}))
	e.Any("/mounted/linktree", hookecho.Handler(linktree.Receiver(mounted, scheme, lru.New(nil), mux, nil)))
	return e
}

// onEvent is an ordinary echo handler, but for the event: of any type that begins
// with "link.", and so with its data as it came. mapErrors answers what it
// returns.
func (links *catalog) onEvent(c *echo.Context, e dispatch.Event[json.RawMessage]) error {
	switch e.Type {
	case linktree.LinkCreated:
		var link linktree.LinkCreatedData
		if err := json.Unmarshal(e.Data, &link); err != nil {
			return err
		}
		if err := links.add(link); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]string{"added": link.LinkID})
	case linktree.LinkDeleted:
		var gone linktree.LinkDeletedData
		if err := json.Unmarshal(e.Data, &gone); err != nil {
			return err
		}
		return links.remove(gone.LinkID)
	}
	return nil // an event that this program has no use for
}

// mapErrors is the program's own way to answer errors.
func mapErrors(c *echo.Context, err error) {
	if res, _ := echo.UnwrapResponse(c.Response()); res != nil && res.Committed {
		return
	}
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errNotFound):
		status = http.StatusNotFound
	case errors.Is(err, errNoTitle):
		status = http.StatusUnprocessableEntity
	case echo.StatusCode(err) != 0:
		status = echo.StatusCode(err)
	}
	if err := c.JSON(status, map[string]string{"error": "the request has failed"}); err != nil {
		c.Logger().Error("answer", slog.Any("error", err))
	}
}
