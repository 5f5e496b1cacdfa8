package inboxsqlite_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/hooklatch/hooklatch/inbox"
	inboxsqlite "github.com/hooklatch/hooklatch/inbox/sqlite"
)

// open opens a box that logs nothing and closes with the test.
func open(t testing.TB, file string, s inbox.Settings) *inboxsqlite.Box {
	t.Helper()
	s.Logger = slog.New(slog.DiscardHandler)
	box, err := inboxsqlite.Open(context.Background(), file, &inboxsqlite.Options{Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}
