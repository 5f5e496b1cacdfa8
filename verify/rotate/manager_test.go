package rotate_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

var (
	body    = []byte(`{"type":"link.created"}`)
	errDown = errors.New("manager down")
)

// A manager is a secrets manager under the test's control.
type manager struct {
	mu      sync.Mutex
	secrets []string
	err     error
	delay   time.Duration
	deaf    bool // ignores its context
	calls   []time.Time
}

func (m *manager) set(change func(*manager)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *manager) rotate(secrets ...string) {
	m.set(func(m *manager) { m.secrets = secrets })
}

func (m *manager) source(ctx context.Context) ([]string, error) {
	m.mu.Lock()
	m.calls = append(m.calls, time.Now())
	delay, deaf := m.delay, m.deaf
	m.mu.Unlock()
	if deaf {
		time.Sleep(delay)
	} else {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.secrets), m.err
}

func (m *manager) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.calls)
}

// wantPaced checks that no two calls began closer than interval.
func (m *manager) wantPaced(t *testing.T, interval time.Duration) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 1; i < len(m.calls); i++ {
		if gap := m.calls[i].Sub(m.calls[i-1]); gap < interval {
			t.Errorf("calls %d and %d of the source are %v apart, want %v at least", i, i+1, gap, interval)
		}
	}
}

// A logBuffer keeps what was logged.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A world is a manager, a verifier over it, and its log.
type world struct {
	*manager
	v   *rotate.Verifier
	log *logBuffer // see logged
}

// newWorld checks at the test's end that nothing that was logged holds a
// secret: those of the tests all begin with "s3cret".
func newWorld(t *testing.T, o rotate.Options, secrets ...string) *world {
	t.Helper()
	w := &world{manager: &manager{secrets: secrets}, log: new(logBuffer)}
	o.Logger = slog.New(slog.NewTextHandler(w.log, nil))
	w.v = rotate.New(w.source, provider.Linktree, &o)
	t.Cleanup(func() {
		if log := w.logged(); strings.Contains(log, "s3cret") {
			t.Errorf("the log holds a secret:\n%s", log)
		}
	})
	return w
}

// logged returns the log once all calls of the source have ended or wait.
func (w *world) logged() string {
	synctest.Wait()
	return w.log.String()
}

// send verifies a request that was signed now with the given secret.
func (w *world) send(t *testing.T, ctx context.Context, secret string) error {
	t.Helper()
	_, err := w.v.Verify(ctx, signed(t, secret), bytes.Clone(body))
	return err
}

func signed(t *testing.T, secret string) http.Header {
	t.Helper()
	s, err := provider.Linktree(secret)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	if err := s.Sign(h, verify.Envelope{ID: "d1", Type: "link.created", Time: time.Now()}, body); err != nil {
		t.Fatal(err)
	}
	return h
}

func wantOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("genuine request: %v, want it accepted", err)
	}
}

func wantRefused(t *testing.T, err, why error) {
	t.Helper()
	var refusal *verify.Error
	if !errors.As(err, &refusal) || !errors.Is(err, why) {
		t.Fatalf("error %v, want a *verify.Error for %v", err, why)
	}
}

func wantUndecided(t *testing.T, err error) {
	t.Helper()
	var refusal *verify.Error
	if err == nil || errors.As(err, &refusal) {
		t.Fatalf("error %v, want one that is no *verify.Error", err)
	}
}

func wantCalls(t *testing.T, m *manager, n int) {
	t.Helper()
	if got := m.count(); got != n {
		t.Fatalf("%d calls of the source, want %d", got, n)
	}
}
