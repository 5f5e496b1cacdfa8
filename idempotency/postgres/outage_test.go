//go:build unix

package postgres_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestOutage stops, kills and restarts the server while deliveries are sent
// until each is acknowledged. None is acknowledged while the server can't be
// reached, and each takes effect exactly once.
func TestOutage(t *testing.T) {
	server := testserver.Postgres(t, nil)
	pool := newPool(t, dsn(server), nil)
	store := postgres.New(pool, "test", nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, pool, effectsSQL)
	srv := httptest.NewServer(newReceiver(store))
	defer srv.Close()

	const ids = 300
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	events := newEvents(ids + 1)
	var acknowledged atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sendAll(ctx, events[1:], func() string { return srv.URL }, &acknowledged)
	}()
	progress := func(n int64) {
		t.Helper()
		for start := acknowledged.Load(); ctx.Err() == nil && acknowledged.Load() < min(start+n, 2*ids); {
			time.Sleep(time.Millisecond)
		}
	}

	progress(40)
	server.Pause(t)
	refused(t, ctx, srv.URL, events, &acknowledged)
	server.Resume(t)
	progress(40)
	server.Kill(t)
	refused(t, ctx, srv.URL, events, &acknowledged)
	server.Restart(t)
	progress(40)
	server.Kill(t) // and up again at once
	server.Restart(t)
	<-sent

	if n := acknowledged.Load(); n != 2*ids {
		t.Errorf("%d requests were acknowledged, want %d", n, 2*ids)
	}
	// The pool may hold connections that are dead: it finds out one by one.
	pool.Reset()
	wantOnce(t, pool, ids)
}

// refused sends deliveries of all kinds while the server can't be reached: new
// ones, done ones, and ones in hand.
func refused(t *testing.T, ctx context.Context, url string, events []hooktest.Event, acknowledged *atomic.Int64) {
	t.Helper()
	client := newClient()
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for i := 0; i < len(events); i += 15 {
		wg.Go(func() {
			if status := post(ctx, client, url, events[i]); status != 503 {
				t.Errorf("answer %d while the server can't be reached, want 503", status)
			}
		})
	}
	wg.Wait()
	before := acknowledged.Load()
	time.Sleep(200 * time.Millisecond)
	if n := acknowledged.Load() - before; n != 0 {
		t.Errorf("%d deliveries were acknowledged while the server can't be reached", n)
	}
}
