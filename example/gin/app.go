package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	hookgin "github.com/hooklatch/hooklatch/adapters/gin"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// newApp returns the whole program. It logs to out.
func newApp(scheme *verify.Scheme, links *catalog, out io.Writer) http.Handler {
	r := gin.New()
	r.Use(gin.LoggerWithWriter(out), mapErrors, gin.RecoveryWithWriter(out))
	r.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.GET("/links/:id", func(c *gin.Context) {
		link, err := links.find(c.Param("id"))
		if err != nil {
			_ = c.Error(err) // returns what it was given
			return
		}
		c.JSON(http.StatusOK, link)
	})

	logger := slog.New(slog.NewTextHandler(out, nil))

	// The gin way: the layers as a middleware, then a native handler.
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: logger})
	r.Any("/webhooks/linktree",
		hookgin.Wrap(hook.Layers(scheme, lru.New(nil), nil)),
		hookgin.JSON("link.*", links.onEvent, nil))

	// The net/http way: a receiver with its own router by event type. It is an
	// endpoint of its own, and gets each of its deliveries, too.
	mounted := middleware.NewEndpoint("linktree-mounted", &middleware.EndpointOptions{Logger: logger})
	mux := &dispatch.Mux{Logger: logger}
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		return links.add(e.Data)
	}))
	mux.Handle(linktree.LinkDeleted, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkDeletedData]) error {
		return links.remove(e.Data.LinkID)
	}))
	r.Any("/mounted/linktree", hookgin.Handler(linktree.Receiver(mounted, scheme, lru.New(nil), mux, nil)))
	return r
}

// onEvent is an ordinary gin handler, but for the event: of any type that begins
// with "link.", and so with its data as it came. What it returns goes to c.Error,
// and mapErrors answers.
func (links *catalog) onEvent(c *gin.Context, e dispatch.Event[json.RawMessage]) error {
	switch e.Type {
	case linktree.LinkCreated:
		var link linktree.LinkCreatedData
		if err := json.Unmarshal(e.Data, &link); err != nil {
			return err
		}
		if err := links.add(link); err != nil {
			return err
		}
		c.JSON(http.StatusOK, gin.H{"added": link.LinkID})
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
func mapErrors(c *gin.Context) {
	c.Next()
	if len(c.Errors) == 0 || c.Writer.Written() {
		return
	}
	status := -1 // as it is
	switch err := c.Errors.Last().Err; {
	case errors.Is(err, errNotFound):
		status = http.StatusNotFound
	case errors.Is(err, errNoTitle):
		status = http.StatusUnprocessableEntity
	case c.Writer.Status() < 400:
		status = http.StatusInternalServerError
	}
	c.JSON(status, gin.H{"error": "the request has failed"})
}
