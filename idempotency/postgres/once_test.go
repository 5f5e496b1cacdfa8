//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestOnce sends one delivery to handlers that end in all ways.
func TestOnce(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	var schema string
	for _, tt := range []struct {
		name    string
		after   func(w http.ResponseWriter, ctx context.Context, tx pgx.Tx) // the handler has written
		status  int                                                         // 0: no answer
		effects int64
		state   idempotency.State // to the next claim
	}{
		{"success", func(http.ResponseWriter, context.Context, pgx.Tx) {}, 200, 1, idempotency.Done},
		{"created", func(w http.ResponseWriter, _ context.Context, _ pgx.Tx) { w.WriteHeader(201) }, 201, 1, idempotency.Done},
		{"refusal", func(w http.ResponseWriter, _ context.Context, _ pgx.Tx) { w.WriteHeader(422) }, 422, 0, idempotency.Granted},
		{"panic", func(http.ResponseWriter, context.Context, pgx.Tx) { panic(http.ErrAbortHandler) }, 0, 0, idempotency.Granted},
		{"deferred Rollback", func(_ http.ResponseWriter, ctx context.Context, tx pgx.Tx) {
			if err := tx.Rollback(ctx); err != nil {
				t.Error(err)
			}
		}, 200, 1, idempotency.Done},
		{"Commit, then refusal", func(w http.ResponseWriter, ctx context.Context, tx pgx.Tx) {
			if err := tx.Commit(ctx); err != nil {
				t.Error(err)
			}
			w.WriteHeader(422)
		}, 422, 0, idempotency.Granted},
		{"claim lost", func(w http.ResponseWriter, ctx context.Context, tx pgx.Tx) {
			// Another holder takes over. The renewal finds out, and cuts the
			// query off.
			run(t, pool, "UPDATE "+schema+".hooklatch_test_claims SET fence = nextval('"+schema+".hooklatch_test_fences'), until = now() + interval '1 hour'")
			if _, err := tx.Exec(ctx, "SELECT pg_sleep(60)"); err == nil || !errors.Is(context.Cause(ctx), idempotency.ErrLost) {
				t.Errorf("got %v, cause %v, want ErrLost", err, context.Cause(ctx))
			}
			w.WriteHeader(200)
		}, 503, 0, idempotency.InFlight},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s *postgres.Store
			s, schema = newStore(t, pool, postgres.Options{})
			run(t, pool, "CREATE TABLE "+schema+".effects (n int)")
			handler := func(w http.ResponseWriter, r *http.Request) {
				tx, err := postgres.Tx(r.Context())
				if err == nil {
					_, err = tx.Exec(r.Context(), "INSERT INTO "+schema+".effects VALUES (1)")
				}
				if err != nil {
					t.Error(err)
					return
				}
				tt.after(w, r.Context(), tx)
			}
			srv := httptest.NewServer(linktree.Receiver(newHook(), newScheme(), s, http.HandlerFunc(handler), &middleware.ReceiverOptions{
				Once: &middleware.OnceOptions{Lease: 3 * time.Second, StoreTimeout: 2 * time.Second},
			}))
			defer srv.Close()
			ev := hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1"})
			if status := post(t.Context(), newClient(), srv.URL, ev); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			idle(t, pool)
			if n := number(t, pool, "SELECT count(*) FROM "+schema+".effects"); n != tt.effects {
				t.Errorf("%d effects, want %d", n, tt.effects)
			}
			claim(t, s, request(ev.ID, time.Hour), tt.state)
		})
	}
}
