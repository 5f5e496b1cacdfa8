//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestDuplicatesWriteNothing: while another session holds a snapshot, which
// keeps all versions of a row, a row has one version after any number of
// duplicates, and no lock was taken on it.
func TestDuplicatesWriteNothing(t *testing.T) {
	pool := newPool(t, dsn(testserver.SharedPostgres(t)), nil)
	s, schema := newStore(t, pool, postgres.Options{})
	ctx := t.Context()
	flying, done := request("flying", time.Hour), request("done", time.Hour)
	claim(t, s, flying, idempotency.Granted)
	if err := s.Complete(ctx, done.Key, claim(t, s, done, idempotency.Granted).Fence, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bind(ctx, flying.Key, flying.Key, time.Hour); err != nil {
		t.Fatal(err)
	}
	snapshot, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Rollback(context.Background())
	versions := func() (all string) {
		t.Helper()
		const sql = `SELECT coalesce(string_agg(concat_ws(' ', ctid, xmin, xmax), ', ' ORDER BY ctid), '') FROM `
		for _, table := range []string{".hooklatch_test_claims", ".hooklatch_test_digests"} {
			var rows string
			if err := pool.QueryRow(ctx, sql+schema+table).Scan(&rows); err != nil {
				t.Fatal(err)
			}
			all += fmt.Sprintf("%s: %s, %d bytes; ", table, rows, number(t, pool, "SELECT pg_relation_size($1::text::regclass)", schema+table))
		}
		return all
	}
	number(t, snapshot, "SELECT count(*) FROM "+schema+".hooklatch_test_claims")
	before := versions()
	fence := number(t, pool, "SELECT last_value FROM "+schema+".hooklatch_test_fences")

	start := time.Now()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range *rounds / 3 {
				claim(t, s, request("flying", time.Hour), idempotency.InFlight)
				claim(t, s, request("done", time.Hour), idempotency.Done)
				if first, err := s.Bind(ctx, flying.Key, done.Key, time.Hour); err != nil || first != flying.Key {
					t.Errorf("Bind: got %v, %v, want the first key", first, err)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d duplicates in %v", 3*16*(*rounds/3), time.Since(start))
	if after := versions(); after != before {
		t.Errorf("rows before: %s\nand after: %s", before, after)
	}
	if n := number(t, pool, "SELECT last_value FROM "+schema+".hooklatch_test_fences"); n != fence {
		t.Errorf("duplicates have drawn %d fences", n-fence)
	}
}
