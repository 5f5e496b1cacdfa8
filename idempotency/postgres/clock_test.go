//go:build unix

package postgres_test

import (
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// newClocked returns a store on a server with a clock of its own.
func newClocked(t *testing.T) (*postgres.Store, *testserver.Server) {
	t.Helper()
	server := testserver.Postgres(t, &testserver.PostgresOptions{Clock: true})
	s := postgres.New(newPool(t, dsn(server), nil), "test", nil)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, server
}

// TestClockStepsAnHour: a process died while it held a short lease, and the
// server's clock is set by an hour.
func TestClockStepsAnHour(t *testing.T) {
	s, server := newClocked(t)
	const lease = 3 * time.Second
	claim(t, s, request("1", lease), idempotency.Granted)
	server.StepClock(t, -time.Hour)
	noticed := time.Now()
	for {
		c, err := s.Claim(t.Context(), request("1", time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if c.State == idempotency.Granted {
			break
		}
		if c.RetryAfter <= 0 || c.RetryAfter > lease {
			t.Fatalf("RetryAfter: got %v of a lease of %v", c.RetryAfter, lease)
		}
		if time.Since(noticed) > 10*lease {
			t.Fatal("a dead holder's claim stays")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if took := time.Since(noticed); took < lease-100*time.Millisecond {
		t.Errorf("taken over after %v of a lease of %v", took, lease)
	}
	// Forward: leases end, what is done stays known for as long as it is.
	done := request("2", time.Hour)
	if err := s.Complete(t.Context(), done.Key, claim(t, s, done, idempotency.Granted).Fence, 72*time.Hour); err != nil {
		t.Fatal(err)
	}
	server.StepClock(t, 2*time.Hour)
	claim(t, s, request("1", time.Hour), idempotency.Granted)
	claim(t, s, request("2", time.Hour), idempotency.Done)
}
