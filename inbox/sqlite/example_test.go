package inboxsqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/inbox"
	inboxsqlite "github.com/hooklatch/hooklatch/inbox/sqlite"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A receiver whose handlers run after the sender has been answered.
func Example() {
	_ = func(ctx context.Context, scheme *verify.Scheme, mux *dispatch.Mux) error {
		box, err := inboxsqlite.Open(ctx, "inbox.db", nil) // or inboxpostgres.New(ctx, pool, nil)
		if err != nil {
			return err
		}
		hook := middleware.NewEndpoint("linktree", nil)
		http.Handle("/webhooks/linktree", hook.InboxReceiver(scheme, box, nil)) // 200 once it is durable
		err = box.Run(ctx, map[string]inbox.Handler{"linktree": mux})           // until ctx ends
		return errors.Join(err, box.Close())
	}
}

// The handler fails on the first attempt. The sender is told 200 all the same,
// and never has to come again.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "inbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	box, err := inboxsqlite.Open(ctx, filepath.Join(dir, "inbox.db"), &inboxsqlite.Options{Settings: inbox.Settings{
		Backoff: func(int) time.Duration { return 10 * time.Millisecond },
		Logger:  slog.New(slog.DiscardHandler),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	scheme, err := provider.Linktree("a secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	receiver := hook.InboxReceiver(scheme, box, nil)

	ev := hooktest.NewEvent(linktree.LinkCreated, linktree.LinkCreatedData{LinkID: "lnk_1", Title: "Shop"})
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/linktree", bytes.NewReader(ev.Body))
		if err := scheme.Sign(r.Header, verify.Envelope{ID: ev.ID, Time: time.Now()}, ev.Body); err != nil {
			fmt.Println(err)
			return
		}
		w := httptest.NewRecorder()
		receiver.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}

	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		if e.Attempt == 1 {
			fmt.Println("attempt 1: the downstream is away")
			return errors.New("away")
		}
		fmt.Printf("attempt %d: %s\n", e.Attempt, e.Data.Title)
		stop() // Run returns when this attempt is recorded
		return nil
	}))
	if err := errors.Join(box.Run(ctx, map[string]inbox.Handler{"linktree": mux}), box.Close()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 200 {"received":true}
	// 200 {"duplicate":true}
	// attempt 1: the downstream is away
	// attempt 2: Shop
}

// An effect in the box's own file happens exactly once, at whatever instruction
// the process dies.
func ExampleTx() {
	_ = func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		tx, err := inboxsqlite.Tx(ctx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO links (id, url) VALUES (?, ?)", e.Data.LinkID, e.Data.URL)
		return err
	}
}

// An event that is older than what was applied must not overwrite it.
func ExampleNewest() {
	_ = func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		newest, err := inboxsqlite.Newest(ctx, "link "+e.Data.LinkID, e.Time.UnixMicro())
		if err != nil || !newest {
			return err
		}
		tx, err := inboxsqlite.Tx(ctx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "REPLACE INTO links (id, url) VALUES (?, ?)", e.Data.LinkID, e.Data.URL)
		return err
	}
}
