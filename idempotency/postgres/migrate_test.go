//go:build unix

package postgres_test

import (
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
		s := postgres.New(pool, &postgres.Options{Schema: newSchema(t, pool)})
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
	s = postgres.New(app, &postgres.Options{Schema: schema})
	if err := s.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
	claim(t, s, request("1", time.Hour), idempotency.InFlight)

	s = postgres.New(app, &postgres.Options{Schema: schema, Prefix: "other"})
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
	for _, o := range []*postgres.Options{
		nil,
		{Prefix: "other"},
		{Prefix: "OTHER"},
		{Schema: "Select"},
		{Schema: "Select", Prefix: "user"},
		{Prefix: strings.Repeat("x", 40)},
	} {
		s := postgres.New(pool, o)
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		claim(t, s, request("1", time.Hour), idempotency.Granted)
	}
}

func TestSchemaIsTheFile(t *testing.T) {
	file, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	pool := newPool(t, "postgres://nobody.invalid/none", nil)
	if got := strings.ReplaceAll(postgres.New(pool, nil).Schema(), `"`, ""); got != string(file) {
		t.Errorf("with the default names, Schema is not schema.sql:\n%s", got)
	}
}

func TestNewRefuses(t *testing.T) {
	pool := newPool(t, "postgres://nobody.invalid/none", nil)
	refused := func(name string, pool *pgxpool.Pool, o *postgres.Options) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: New did not panic", name)
			}
		}()
		postgres.New(pool, o)
	}
	refused("nil pool", nil, nil)
	for _, name := range []string{
		"a b", `a"b`, "a'b", "a;b", "a.b", "a-b", "1a", "a\x00", "ä", "{", "@", "`", "/", ":", strings.Repeat("x", 41),
		`x (key int); DROP TABLE users; --`,
	} {
		refused(name, pool, &postgres.Options{Prefix: name})
		refused(name, pool, &postgres.Options{Schema: name})
	}
}
