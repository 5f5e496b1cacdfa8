//go:build unix

package postgres_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestMigrateTogether: replicas that start at once all find the tables.
func TestMigrateTogether(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), func(c *pgxpool.Config) { c.MinConns = 16 })
	for range 10 {
		s := postgres.New(pool, "test", &postgres.Options{Schema: newSchema(t, pool)})
		var wg sync.WaitGroup
		gun := make(chan struct{})
		for range 16 {
			wg.Go(func() {
				<-gun
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		close(gun)
		wg.Wait()
		claim(t, s, request("1", time.Hour), idempotency.Granted)
	}
}

// TestMigrateAgain changes nothing, and needs no right to make tables.
func TestMigrateAgain(t *testing.T) {
	server := testserver.SharedPostgres(t)
	pool := newPool(t, dsn(server), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	claim(t, s, request("1", time.Hour), idempotency.Granted)
	run(t, pool, s.Schema()) // it can be run again

	run(t, pool, "CREATE ROLE "+schema+"_app LOGIN")
	run(t, pool, "GRANT USAGE ON SCHEMA "+schema+" TO "+schema+"_app")
	run(t, pool, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+schema+" TO "+schema+"_app")
	run(t, pool, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA "+schema+" TO "+schema+"_app")
	app := newPool(t, "postgres://"+schema+"_app@"+server.Addr+"/postgres", nil)
	s = postgres.New(app, "test", &postgres.Options{Schema: schema})
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	claim(t, s, request("1", time.Hour), idempotency.InFlight)

	s = postgres.New(app, "other", &postgres.Options{Schema: schema})
	if err := s.Migrate(t.Context()); err == nil {
		t.Error("Migrate without the right to: got no error")
	}
}

// TestNames: names are taken as they are, capitals and keywords too, and stores
// with different ones are apart.
func TestNames(t *testing.T) {
	server := testserver.SharedPostgres(t)
	database := fmt.Sprintf("names_%d", schemas.Add(1))
	run(t, newPool(t, dsn(server), nil), "CREATE DATABASE "+database)
	pool := newPool(t, "postgres://postgres@"+server.Addr+"/"+database, nil)
	run(t, pool, `CREATE SCHEMA "Select"`)
	for _, names := range [][2]string{
		{"orders"},
		{"other"},
		{"OTHER"},
		{"orders_claims"},
		{"1"},
		{"select"},
		{"orders", "Select"},
		{"user", "Select"},
		{strings.Repeat("x", 32)},
	} {
		s := postgres.New(pool, names[0], &postgres.Options{Schema: names[1]})
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatalf("%q: %v", names, err)
		}
		r := request("1", time.Hour)
		claim(t, s, r, idempotency.Granted)
		own := request(fmt.Sprint(names), time.Hour).Key
		if first, err := s.Bind(t.Context(), r.Key, own, time.Hour); err != nil || first != own {
			t.Errorf("%q: Bind: got %v, %v, want its own key", names, first, err)
		}
	}
}

func TestSchemaIsTheFile(t *testing.T) {
	file, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	pool := newPool(t, "postgres://test.invalid/none", nil)
	got := postgres.New(pool, "orders", nil).Schema()
	if got = strings.NewReplacer(`"`, "", "hooklatch_orders_", "hooklatch_").Replace(got); got != strings.ReplaceAll(string(file), "hooklatch_orders_", "hooklatch_") {
		t.Errorf("without the namespace, Schema is not schema.sql:\n%s", got)
	}
}

// TestNotMigrated: the error of each call says what is missing.
func TestNotMigrated(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	calls := func(s *postgres.Store) map[string]error {
		ctx, r := t.Context(), request("1", time.Hour)
		_, claimed := s.Claim(ctx, r)
		_, bound := s.Bind(ctx, r.Key, r.Key, time.Hour)
		_, forgotten := s.Forget(ctx, r.Key)
		_, swept := s.Sweep(ctx, 1)
		return map[string]error{
			"claim": claimed, "bind": bound, "forget": forgotten, "sweep": swept,
			"extend": s.Extend(ctx, r.Key, 1, time.Hour), "complete": s.Complete(ctx, r.Key, 1, time.Hour), "release": s.Release(ctx, r.Key, 1),
		}
	}
	for _, schema := range []string{newSchema(t, pool), "not_there"} {
		s := postgres.New(pool, "test", &postgres.Options{Schema: schema})
		for call, err := range calls(s) {
			if !errors.Is(err, postgres.ErrNotMigrated) || !strings.HasPrefix(err.Error(), "postgres: "+call+": the store's tables are not in the database: call Migrate") {
				t.Errorf("%s: got %v, want to hear of Migrate", call, err)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	pool := newPool(t, "postgres://test.invalid/none", nil)
	refused := func(pool *pgxpool.Pool, namespace, schema string) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("pool %p, namespace %q, schema %q: New did not panic", pool, namespace, schema)
			}
		}()
		postgres.New(pool, namespace, &postgres.Options{Schema: schema})
	}
	refused(nil, "test", "")
	refused(pool, "", "")
	for _, name := range []string{
		"a b", `a"b`, "a'b", "a;b", "a.b", "a-b", "a\x00", "ä", "{", "@", "`", "/", ":", strings.Repeat("x", 33),
		`x (key int); DROP TABLE users; --`,
	} {
		refused(pool, name, "")
		refused(pool, "test", name)
	}
}
