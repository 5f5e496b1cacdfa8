package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/hooklatch/hooklatch"
	hookchi "github.com/hooklatch/hooklatch/adapters/chi"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// newApp returns the whole program. It logs to out.
func newApp(scheme *verify.Scheme, links *catalog, out io.Writer) http.Handler {
	r := chi.NewRouter()
	r.Use(
		chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{Logger: log.New(out, "", 0)}),
		chimiddleware.Recoverer,
	)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	r.Get("/links/{id}", handle(func(w http.ResponseWriter, r *http.Request) error {
		link, err := links.find(chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		return json.NewEncoder(w).Encode(link)
	}))

	// The layers as a route's middleware, around the program's own handler.
	logger := slog.New(slog.NewTextHandler(out, nil))
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: logger})
	r.With(hook.Layers(scheme, lru.New(nil), nil)).Handle("/webhooks/linktree", handle(links.onWebhook))

	// A router by event type, mounted for several tenants.
	mounted := middleware.NewEndpoint("linktree-mounted", &middleware.EndpointOptions{Logger: logger})
	mux := &dispatch.Mux{Logger: logger}
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		return links.add(e.Data)
	}))
	mux.Handle(linktree.LinkDeleted, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkDeletedData]) error {
		return links.remove(e.Data.LinkID)
	}))
	r.With(
		mounted.Accept(scheme),
		mounted.Capture(1<<20, nil),
		mounted.VerifyFor(hookchi.URLParam("tenant"), tenants(scheme)),
		mounted.Limit(256),
		mounted.Once(lru.New(nil), nil),
	).Handle("/mounted/{tenant}", mux)
	return r
}

// tenants finds a tenant's secret, of which this program has one.
func tenants(scheme *verify.Scheme) func(context.Context, string) (verify.Verifier, error) {
	return func(_ context.Context, tenant string) (verify.Verifier, error) {
		if tenant != "linktree" {
			return nil, fmt.Errorf("%w: tenant %q", verify.ErrNoSecret, tenant)
		}
		return scheme, nil
	}
}

// onWebhook finds the delivery in the request's context. The body is there too,
// as if no layer had read it. What it returns, handle answers.
func (links *catalog) onWebhook(_ http.ResponseWriter, r *http.Request) error {
	if _, ok := hooklatch.FromContext(r.Context()); !ok {
		return errors.New("not behind the layers")
	}
	var event struct {
		Type string                   `json:"type"`
		Data linktree.LinkCreatedData `json:"data"`
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		return err
	}
	switch event.Type {
	case linktree.LinkCreated:
		return links.add(event.Data)
	case linktree.LinkDeleted:
		return links.remove(event.Data.LinkID)
	}
	// Of no use here: acknowledged, and logged as such.
	hooklatch.Report(r.Context(), hooklatch.UnknownType, nil)
	return nil
}

// handle is the program's own way to have handlers return errors. Report makes
// sure that a webhook whose handler has failed is never taken for done, even
// after the handler has begun a success.
func handle(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		hooklatch.Report(r.Context(), hooklatch.Failed, err)
		status := http.StatusInternalServerError
		switch {
		case errors.Is(err, errNotFound):
			status = http.StatusNotFound
		case errors.Is(err, errNoTitle):
			status = http.StatusUnprocessableEntity
		}
		http.Error(w, http.StatusText(status), status)
	}
}
