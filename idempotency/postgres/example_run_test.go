//go:build unix

package postgres_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/linktree"
)

// TestExample runs the example's program.
func TestExample(t *testing.T) {
	pool := newPool(t, dsn(testserver.Postgres(t, nil)), nil)
	store := postgres.New(pool, "test", nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.DiscardHandler))
	srv := httptest.NewServer(newApp(newScheme(), store))
	defer srv.Close()
	ev := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop", "url": "https://example.com"})
	send := func(want int) {
		t.Helper()
		if status := post(t.Context(), newClient(), srv.URL, ev); status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
	send(500) // the program's table is missing
	run(t, pool, "CREATE TABLE links (id text NOT NULL, title text NOT NULL, url text NOT NULL)")
	send(200)
	send(200)
	if n := number(t, pool, "SELECT count(*) FROM links WHERE id = 'lnk_1' AND title = 'Shop' AND url = 'https://example.com'"); n != 1 {
		t.Errorf("%d links, want 1", n)
	}
}
