package inboxsqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/inbox/internal/engine/enginetest"
	inboxsqlite "github.com/hooklatch/hooklatch/inbox/sqlite"
)

type sweeper interface {
	Sweep(ctx context.Context, now time.Time) (int, error)
}

func TestEngine(t *testing.T) {
	enginetest.Run(t, func(t *testing.T, s inbox.Settings) enginetest.Harness {
		file := filepath.Join(t.TempDir(), "inbox.db")
		box := open(t, file, s)
		own, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = own.Close() }) // all was committed
		if _, err := own.Exec("CREATE TABLE effects (id text NOT NULL)"); err != nil {
			t.Fatal(err)
		}
		return enginetest.Harness{
			Box:    box,
			Newest: inboxsqlite.Newest,
			Raw: func() (all []byte) {
				if err := own.QueryRow("SELECT group_concat(hex(header) || hex(body)) FROM hooklatch_inbox_payload").Scan(&all); err != nil {
					t.Error(err)
				}
				return all
			},
			Sweep: box.Runner.(sweeper).Sweep,
			Insert: func(ctx context.Context, id string) error {
				tx, err := inboxsqlite.Tx(ctx)
				if err != nil {
					return err
				}
				_, err = tx.ExecContext(ctx, "INSERT INTO effects (id) VALUES (?)", id)
				return err
			},
			Rows: func(id string) (n int) {
				if err := own.QueryRow("SELECT count(*) FROM effects WHERE ? IN ('', id)", id).Scan(&n); err != nil {
					t.Error(err)
				}
				return n
			},
		}
	})
}
