//go:build unix

package inboxpostgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/internal/engine/enginetest"
	inboxpostgres "github.com/hooklatch/hooklatch/inbox/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

type sweeper interface {
	Sweep(ctx context.Context, now time.Time) (int, error)
}

func TestEngine(t *testing.T) {
	server := testserver.Postgres(t, nil)
	enginetest.Run(t, func(t *testing.T, s inbox.Settings) enginetest.Harness {
		pool, schema := newPool(t, server), newSchema()
		box := newBox(t, pool, schema, s)
		table := schema + ".effects"
		if _, err := pool.Exec(context.Background(), "CREATE TABLE "+table+" (id text NOT NULL)"); err != nil {
			t.Fatal(err)
		}
		return enginetest.Harness{
			Box:    box,
			Newest: inboxpostgres.Newest,
			Raw: func() (all []byte) {
				sql := "SELECT upper(string_agg(encode(header, 'hex') || encode(body, 'hex'), ',')) FROM " + schema + ".hooklatch_inbox_payload"
				if err := pool.QueryRow(context.Background(), sql).Scan(&all); err != nil {
					t.Error(err)
				}
				return all
			},
			Sweep: box.Runner.(sweeper).Sweep,
			Insert: func(ctx context.Context, id string) error {
				tx, err := inboxpostgres.Tx(ctx)
				if err != nil {
					return err
				}
				_, err = tx.Exec(ctx, "INSERT INTO "+table+" (id) VALUES ($1)", id)
				return err
			},
			Rows: func(id string) (n int) {
				if err := pool.QueryRow(context.Background(), "SELECT count(*) FROM "+table+" WHERE $1 IN ('', id)", id).Scan(&n); err != nil {
					t.Error(err)
				}
				return n
			},
		}
	})
}
