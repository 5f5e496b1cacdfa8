package postgres_test

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// insertLink puts a new link into the program's own table. The row and the
// delivery's completed mark are committed together, once, after it has returned
// nil.
func insertLink(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
	tx, err := postgres.Tx(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO links (id, title, url) VALUES ($1, $2, $3)", e.Data.LinkID, e.Data.Title, e.Data.URL)
	return err
}

// newApp returns the program's webhook endpoint.
func newApp(v verify.Verifier, store *postgres.Store) http.Handler {
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(insertLink))
	return linktree.Receiver(middleware.NewEndpoint("linktree", nil), v, store, mux, nil)
}

// A handler whose effect is in the same database takes effect exactly once.
func Example() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	store := postgres.New(pool, "orders", nil)
	if err := store.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	go store.SweepEvery(ctx, time.Hour, slog.Default())

	scheme, err := provider.Linktree(os.Getenv("LINKTREE_WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/webhooks/linktree", newApp(scheme, store))
	log.Fatal(http.ListenAndServe(":8080", nil))
}
