//go:build unix

package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

func sweep(t *testing.T, s *postgres.Store, limit int, want int64) {
	t.Helper()
	if n, err := s.Sweep(t.Context(), limit); err != nil || n != want {
		t.Errorf("Sweep: got %d, %v, want %d", n, err, want)
	}
}

// TestSweep turns the clocks of the rows back, and wants to see gone what is
// over for a day, and nothing else.
func TestSweep(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	claims := schema + ".hooklatch_test_claims"
	fences := make(map[string]uint64)
	for _, id := range []string{"done", "released", "abandoned", "late", "remembered", "young"} {
		r := request(id, time.Hour)
		fences[id] = claim(t, s, r, idempotency.Granted).Fence
		var err error
		switch id {
		case "done", "remembered":
			err = s.Complete(ctx, r.Key, fences[id], time.Hour)
		case "released":
			err = s.Release(ctx, r.Key, fences[id])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	sweep(t, s, 10, 0)
	age := func(id, seen, until string) {
		t.Helper()
		key := request(id, 1).Key
		run(t, pool, "UPDATE "+claims+" SET seen_at = now() - $2::text::interval, until = least(until, now() + $3::text::interval) WHERE key = $1",
			key[:], seen, until)
	}
	age("done", "97 hours", "-25 hours")
	age("released", "97 hours", "0")
	age("abandoned", "97 hours", "-25 hours")
	age("late", "97 hours", "-23 hours")
	age("remembered", "97 hours", "100 hours")
	age("young", "95 hours", "-25 hours")
	sweep(t, s, 10, 3)
	sweep(t, s, 10, 0)
	if n := number(t, pool, "SELECT count(*) FROM "+claims+" WHERE seen_at > now() - interval '1 hour'"); n != 2 {
		t.Errorf("%d rows will be looked at again only in four days, want those of late and remembered", n)
	}
	claim(t, s, request("remembered", time.Hour), idempotency.Done)
	for _, id := range []string{"late", "young"} {
		if err := s.Complete(ctx, request(id, 1).Key, fences[id], time.Hour); err != nil {
			t.Errorf("Complete of the claim %s, whose lease has run out: %v", id, err)
		}
	}
	for id, fence := range fences {
		if id == "done" || id == "released" || id == "abandoned" {
			if c := claim(t, s, request(id, time.Hour), idempotency.Granted); c.Fence <= fence {
				t.Errorf("fence after a sweep: got %d after %d", c.Fence, fence)
			}
		}
	}
	if _, err := s.Sweep(ctx, 0); err == nil {
		t.Error("Sweep with a limit of 0: got no error")
	}
}

func TestSweepDigests(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	for i := range 5 {
		key := request(strconv.Itoa(i), 1).Key
		if _, err := s.Bind(t.Context(), key, key, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	sweep(t, s, 10, 0)
	kept := request("0", 1).Key
	run(t, pool, "UPDATE "+schema+".hooklatch_test_digests SET until = now() - interval '1 second' WHERE digest <> $1", kept[:])
	sweep(t, s, 3, 3)
	sweep(t, s, 3, 1)
	if n := number(t, pool, "SELECT count(*) FROM "+schema+".hooklatch_test_digests"); n != 1 {
		t.Errorf("%d digests are left, want the one whose time is not over", n)
	}
}

// fill puts n deliveries in the store that are over for long.
func fill(t *testing.T, schema string, n int) {
	t.Helper()
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	run(t, pool, fmt.Sprintf(`INSERT INTO %s.hooklatch_test_claims
		SELECT i, now() - interval '9 days', now() - interval '9 days', interval '15 s', gen_random_uuid(), 3, sha256(i::text::bytea), sha256('')
		FROM generate_series(1, %d) i`, schema, n))
}

// TestSweepTogether: replicas sweep at once, while a transaction holds a row. None
// waits, and no row counts twice.
func TestSweepTogether(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	const rows = 500
	fill(t, schema, rows)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if n := number(t, tx, "SELECT fence FROM "+schema+".hooklatch_test_claims WHERE fence = 1 FOR UPDATE"); n != 1 {
		t.Fatal("no row to lock")
	}
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range rows {
				n, err := s.Sweep(ctx, 7)
				if err != nil || n > 7 {
					t.Errorf("Sweep: got %d, %v, want at most 7", n, err)
					return
				}
				total.Add(n)
				if n == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	for n := int64(1); n > 0; total.Add(n) {
		if n, err = s.Sweep(ctx, 7); err != nil {
			t.Fatal(err)
		}
	}
	left := number(t, pool, "SELECT count(*) FROM "+schema+".hooklatch_test_claims")
	if total.Load() != rows-1 || left != 1 {
		t.Errorf("%d rows were swept and %d are left, want %d and the locked one", total.Load(), left, rows-1)
	}
}

func TestSweepEvery(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	fill(t, schema, 2500)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var log bytes.Buffer
	go func() {
		defer close(ended)
		s.SweepEvery(ctx, 5*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil)))
	}()
	empty := func() {
		t.Helper()
		for start := time.Now(); number(t, pool, "SELECT count(*) FROM "+schema+".hooklatch_test_claims") > 0; time.Sleep(time.Millisecond) {
			if time.Since(start) > 20*time.Second {
				t.Fatal("the rows stay")
			}
		}
	}
	empty()
	fill(t, schema, 10)
	empty()
	run(t, pool, "ALTER TABLE "+schema+".hooklatch_test_digests RENAME TO away")
	time.Sleep(50 * time.Millisecond)
	run(t, pool, "ALTER TABLE "+schema+".away RENAME TO hooklatch_test_digests")
	fill(t, schema, 10)
	empty()
	cancel()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("SweepEvery does not end with its context")
	}
	if !strings.Contains(log.String(), "webhook store not swept") {
		t.Errorf("log %q, want the error", log.String())
	}
}

// TestUpdatedInPlace: claims, renewals and completions touch no index.
func TestUpdatedInPlace(t *testing.T) {
	server := dsn(testserver.SharedPostgres(t))
	one := newPool(t, server, nil)
	s, schema := newStore(t, one, postgres.Options{})
	for i := range 300 {
		r := request(strconv.Itoa(i), time.Hour)
		fence := claim(t, s, r, idempotency.Granted).Fence
		if err := s.Extend(t.Context(), r.Key, fence, time.Hour); err != nil {
			t.Fatal(err)
		}
		if err := s.Complete(t.Context(), r.Key, fence, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	one.Close() // sessions report their numbers when they end
	pool := newPool(t, server, nil)
	stat := func(column string) int64 {
		return number(t, pool, "SELECT "+column+" FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = 'hooklatch_test_claims'", schema)
	}
	for start := time.Now(); stat("n_tup_upd") < 600; time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("the server reports %d updates, want 600", stat("n_tup_upd"))
		}
	}
	if hot := stat("n_tup_hot_upd"); hot < 500 {
		t.Errorf("%d of 600 updates were heap-only, want nearly all", hot)
	}
}
