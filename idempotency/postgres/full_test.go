//go:build unix

package postgres_test

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// restartWithin restarts the server, of which no file grows beyond n bytes from
// then on, as on a full disk none grows. The limit is inherited.
func restartWithin(t *testing.T, server *testserver.Server, n uint64) {
	t.Helper()
	server.Kill(t)
	var own syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &own); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: own.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &own); err != nil {
			t.Error(err)
		}
	}()
	server.Restart(t)
}

// TestFull: what was claimed before the disk was full ends as ever, for its
// page has room; duplicates are told what they are, and nothing new is granted.
func TestFull(t *testing.T) {
	server := testserver.Postgres(t, nil)
	restartWithin(t, server, 16<<20) // the size of a segment of the log, which must fit
	pool := newPool(t, dsn(server), nil)
	s := postgres.New(pool, "test", nil)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	const n = 200
	var reqs [n]idempotency.Request
	var fences [n]uint64
	for i := range reqs {
		reqs[i] = request(strconv.Itoa(i), time.Hour)
		fences[i] = claim(t, s, reqs[i], idempotency.Granted).Fence
	}
	fillDisk(t, pool)

	for i, r := range reqs {
		errs := []error{s.Extend(ctx, r.Key, fences[i], time.Hour), s.Extend(ctx, r.Key, fences[i], 2*time.Hour), nil, nil}
		if i%2 == 0 {
			errs[2] = s.Complete(ctx, r.Key, fences[i], time.Hour)
			if i%4 == 0 {
				_, errs[3] = s.Forget(ctx, r.Key)
			}
		} else {
			errs[2] = s.Release(ctx, r.Key, fences[i])
		}
		for call, err := range errs {
			if err != nil {
				t.Fatalf("delivery %d, call %d: %v", i, call+1, err)
			}
		}
	}
	claim(t, s, request("2", time.Hour), idempotency.Done)
	refused := 0
	for i := range 1000 {
		if _, err := s.Claim(ctx, request("new "+strconv.Itoa(i), time.Hour)); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no new claim is refused: this proves nothing")
	}
	server.Kill(t)
	server.Restart(t)
	pool.Reset()
	claim(t, s, request("new", time.Hour), idempotency.Granted)
}

// fillDisk adds deliveries that are done until not one more fits.
func fillDisk(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	next := 1
	for batch := 20_000; batch > 0; {
		_, err := pool.Exec(t.Context(), `INSERT INTO hooklatch_test_claims
			SELECT i, now() + interval '1 hour', now(), interval '15 s', gen_random_uuid(), 3, sha256(i::text::bytea), sha256('')
			FROM generate_series($1::bigint, $2) i`, next, next+batch-1)
		switch {
		case err == nil:
			next += batch
		case strings.Contains(err.Error(), "could not extend file"):
			batch /= 2
		default:
			t.Fatal(err)
		}
	}
}
