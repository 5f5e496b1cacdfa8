package postgres_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/linktree"
)

// A handler that manages its transactions itself marks the delivery done in
// the last of them.
func ExampleCompleteTx() {
	var pool *pgxpool.Pool // the program's own

	var mux dispatch.Mux
	mux.Handle(linktree.LinkDeleted, dispatch.JSON(func(ctx context.Context, e dispatch.Event[linktree.LinkDeletedData]) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "DELETE FROM links WHERE id = $1", e.Data.LinkID); err != nil {
				return err
			}
			return postgres.CompleteTx(ctx, tx) // an error rolls back
		})
	}))
}

// A handler's transaction, from the layers' side: what the handler writes in it
// is committed with the delivery's completed mark, or not at all.
func ExampleTx() {
	insert := func(ctx context.Context, id string) error {
		tx, err := postgres.Tx(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO links (id) VALUES ($1)", id)
		return err
	}
	// Outside of a delivery there is none.
	fmt.Println(insert(context.Background(), "lnk_1"))
	// Output: postgres: no claim of a postgres store in the context
}

// Those who run migrations with a tool of their own take the SQL.
func ExampleStore_Schema() {
	pool, err := pgxpool.New(context.Background(), "postgres:///app")
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	store := postgres.New(pool, "orders", &postgres.Options{Schema: "app"})
	for line := range strings.Lines(store.Schema()) {
		if strings.HasPrefix(line, "CREATE") {
			fmt.Print(line)
		}
	}
	// Output:
	// CREATE SEQUENCE IF NOT EXISTS "app"."hooklatch_orders_fences" AS bigint;
	// CREATE TABLE IF NOT EXISTS "app"."hooklatch_orders_claims" (
	// CREATE INDEX IF NOT EXISTS "hooklatch_orders_claims_seen_at" ON "app"."hooklatch_orders_claims" (seen_at);
	// CREATE TABLE IF NOT EXISTS "app"."hooklatch_orders_digests" (
	// CREATE INDEX IF NOT EXISTS "hooklatch_orders_digests_until" ON "app"."hooklatch_orders_digests" (until);
	// CREATE OR REPLACE FUNCTION "app"."hooklatch_orders_claim"(
	// CREATE OR REPLACE FUNCTION "app"."hooklatch_orders_bind"(p_digest bytea, p_key bytea, p_ttl interval)
}
