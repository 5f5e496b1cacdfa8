//go:build unix

package inboxpostgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
	inboxpostgres "github.com/hooklatch/hooklatch/inbox/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func run(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// TestManyReplicasMigrateAtOnce: those who start together wait for one another.
func TestManyReplicasMigrateAtOnce(t *testing.T) {
	server := testserver.SharedPostgres(t)
	schema := newSchema()
	var pools []*pgxpool.Pool
	for range 6 {
		pools = append(pools, newPool(t, server))
	}
	var wg sync.WaitGroup
	for _, pool := range pools {
		wg.Go(func() {
			box, err := inboxpostgres.New(t.Context(), pool, &inboxpostgres.Options{Schema: schema})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := box.Put(t.Context(), newEntry(10)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestDefaultSchema: the schema has the name of a table in it.
func TestDefaultSchema(t *testing.T) {
	box := newBox(t, newPool(t, testserver.Postgres(t, nil)), "", inbox.Settings{})
	e := newEntry(10)
	if _, err := box.Put(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := box.Run(ctx, map[string]inbox.Handler{"links": handlerFunc(func(context.Context, *hooklatch.Delivery) error {
		cancel()
		return nil
	})}); err != nil {
		t.Fatal(err)
	}
	if r, err := box.Get(t.Context(), e.Key); err != nil || r.State != inbox.Done {
		t.Errorf("a delivery in the default schema: %+v, %v", r, err)
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	pool := newPool(t, testserver.SharedPostgres(t))
	newer, foreign := newSchema(), newSchema()
	newBox(t, pool, newer, inbox.Settings{})
	run(t, pool, "UPDATE "+newer+".hooklatch_inbox_version SET version = 9, works = 7")
	run(t, pool, "CREATE SCHEMA "+foreign)
	run(t, pool, "CREATE TABLE "+foreign+".hooklatch_inbox (mine text)")
	config := pool.Config()
	config.MaxConns = 1
	narrow, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer narrow.Close()
	for name, c := range map[string]struct {
		pool *pgxpool.Pool
		o    inboxpostgres.Options
		want error
		text string
	}{
		"newer":           {pool: pool, o: inboxpostgres.Options{Schema: newer}, want: inbox.ErrNewer, text: "version 7"},
		"another's table": {pool: pool, o: inboxpostgres.Options{Schema: foreign}, want: inbox.ErrForeign},
		"bad schema":      {pool: pool, o: inboxpostgres.Options{Schema: "x; DROP TABLE y"}, text: "can't be called"},
		"one connection":  {pool: narrow, text: "two connections"},
		"no pool":         {text: "nil pool"},
	} {
		_, err := inboxpostgres.New(t.Context(), c.pool, &c.o)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v, with %q", name, err, c.want, c.text)
		}
	}
}

// TestTwoReplicasShareTheWork, and a third that stops hands its part on.
func TestTwoReplicasShareTheWork(t *testing.T) {
	server := testserver.SharedPostgres(t)
	schema := newSchema()
	const all = 600
	var mu sync.Mutex
	ran := make(map[string]int)
	by := make([]int, 3)
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer wg.Wait()
	defer cancel()
	var box *inboxpostgres.Box
	for i := range by {
		box = newBox(t, newPool(t, server), schema, inbox.Settings{Workers: 4})
		own, stop := context.WithCancel(ctx)
		wg.Go(func() {
			defer stop()
			err := box.Run(own, map[string]inbox.Handler{"links": handlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
				time.Sleep(2 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				ran[d.ID]++
				by[i]++
				if i == 0 && by[i] == 50 {
					stop()
				}
				return nil
			})})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range all {
		if _, err := box.Put(t.Context(), newEntry(10)); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		n, err := box.Count(t.Context(), inbox.Filter{States: []inbox.State{inbox.Done}})
		if err != nil {
			t.Fatal(err)
		}
		if n == all {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d are done", n, all)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if by[0] > 60 || by[1] == 0 || by[2] == 0 {
		t.Errorf("the replicas handled %v", by)
	}
	for id, n := range ran {
		if n != 1 {
			t.Errorf("%s ran %d times", id, n)
		}
	}
}

// TestRestartOfTheServer: what was answered is there, and the work goes on.
func TestRestartOfTheServer(t *testing.T) {
	server := testserver.Postgres(t, &testserver.PostgresOptions{Durable: true})
	box := newBox(t, newPool(t, server), newSchema(), inbox.Settings{Backoff: func(int) time.Duration { return 50 * time.Millisecond }})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		if err := box.Run(ctx, map[string]inbox.Handler{"links": handlerFunc(func(context.Context, *hooklatch.Delivery) error { return nil })}); err != nil {
			t.Error(err)
		}
	})
	var mu sync.Mutex
	var acknowledged []inbox.Entry
	var putters sync.WaitGroup
	stop := time.Now().Add(4 * time.Second)
	failed := 0
	for range 8 {
		putters.Go(func() {
			for time.Now().Before(stop) {
				e := newEntry(100)
				bounded, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				_, err := box.Put(bounded, e)
				cancel()
				mu.Lock()
				if err == nil {
					acknowledged = append(acknowledged, e)
				} else {
					failed++
				}
				mu.Unlock()
			}
		})
	}
	time.Sleep(time.Second)
	server.Kill(t)
	time.Sleep(300 * time.Millisecond)
	server.Restart(t)
	putters.Wait()
	for _, e := range acknowledged {
		for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			r, err := box.Get(t.Context(), e.Key)
			if err == nil && r.State == inbox.Done {
				break
			}
			if time.Now().After(end) || errors.Is(err, inbox.ErrNotFound) {
				t.Fatalf("an acknowledged delivery after a kill of the server: %+v, %v", r, err)
			}
		}
	}
	t.Logf("%d acknowledged, %d refused", len(acknowledged), failed)
	if failed == 0 {
		t.Error("no Put failed: the server was not away")
	}
}

// TestBehindAPooler: PgBouncer in transaction mode, where a session's LISTEN,
// locks and statements are another's in the next moment.
func TestBehindAPooler(t *testing.T) {
	pooler := testserver.PgBouncer(t, testserver.SharedPostgres(t), "transaction")
	config, err := pgxpool.ParseConfig("postgres://postgres@" + pooler.Addr + "/postgres")
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	box, err := inboxpostgres.New(t.Context(), pool, &inboxpostgres.Options{Schema: newSchema(), PollOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		err := box.Run(ctx, map[string]inbox.Handler{"links": handlerFunc(func(ctx context.Context, d *hooklatch.Delivery) error {
			tx, err := inboxpostgres.Tx(ctx)
			if err == nil {
				_, err = tx.Exec(ctx, "SELECT 1")
			}
			return err
		})})
		if err != nil {
			t.Error(err)
		}
	})
	var putters sync.WaitGroup
	for range 16 {
		putters.Go(func() {
			for range 10 {
				if _, err := box.Put(t.Context(), newEntry(100)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	putters.Wait()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		n, err := box.Count(t.Context(), inbox.Filter{States: []inbox.State{inbox.Done}})
		if err != nil {
			t.Fatal(err)
		}
		if n == 160 {
			cancel()
			wg.Wait()
			return
		}
	}
	cancel()
	wg.Wait()
	t.Error("not all are done")
}
