package inboxpostgres_test

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/inbox"
	inboxpostgres "github.com/hooklatch/hooklatch/inbox/postgres"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// Each replica runs this: all of them receive, and share the work.
func ExampleNew() {
	_ = func(ctx context.Context, pool *pgxpool.Pool, scheme *verify.Scheme, mux *dispatch.Mux) error {
		box, err := inboxpostgres.New(ctx, pool, &inboxpostgres.Options{Schema: "links_inbox"})
		if err != nil {
			return err
		}
		hook := middleware.NewEndpoint("linktree", nil)
		http.Handle("/webhooks/linktree", hook.InboxReceiver(scheme, box, nil))
		return box.Run(ctx, map[string]inbox.Handler{"linktree": mux})
	}
}

// An effect in the box's own database happens exactly once, at whatever
// instruction the process dies.
func ExampleTx() {
	_ = func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		tx, err := inboxpostgres.Tx(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO links (id, url) VALUES ($1, $2)", e.Data.LinkID, e.Data.URL)
		return err
	}
}

// An event that is older than what was applied must not overwrite it.
func ExampleNewest() {
	_ = func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		newest, err := inboxpostgres.Newest(ctx, "link "+e.Data.LinkID, e.Time.UnixMicro())
		if err != nil || !newest {
			return err
		}
		tx, err := inboxpostgres.Tx(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "INSERT INTO links (id, url) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET url = excluded.url", e.Data.LinkID, e.Data.URL)
		return err
	}
}
