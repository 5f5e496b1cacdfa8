package redis_test

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestCause: an error says what the call was waiting for, whose deadline ended
// it, and how that came about.
func TestCause(t *testing.T) {
	paused := testserver.Redis(t, nil)
	warm := newClient(t, paused.Addr)
	if err := warm.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	paused.Pause(t)
	// The kernel drops attempts to connect beyond a listener's backlog; a
	// dialer that waits is the same on every system.
	silent := goredis.NewClient(&goredis.Options{
		Addr: "silent:6379", ContextTimeoutEnabled: true, DialTimeout: time.Minute,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
	})
	t.Cleanup(func() { silent.Close() })
	cluster := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{closed}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { cluster.Close() })
	plain := goredis.NewClient(&goredis.Options{Addr: closed})
	t.Cleanup(func() { plain.Close() })

	pipeline, err := newClient(t, closed).AutoPipeline()
	if err != nil {
		t.Fatal(err)
	}

	for _, tt := range []struct {
		name   string
		client goredis.Scripter
		cause  error
		says   string
	}{
		{"refused", newClient(t, closed), syscall.ECONNREFUSED, "connection refused"},
		{"refused, without deadlines", plain, syscall.ECONNREFUSED, "connection refused"},
		{"refused, in a cluster", cluster, syscall.ECONNREFUSED, "connection refused"},
		{"refused, by an auto-pipeliner", pipeline, syscall.ECONNREFUSED, "connection refused"},
		{"no answer", warm, os.ErrDeadlineExceeded, "no answer from the server: i/o timeout"},
		{"no connection", silent, os.ErrDeadlineExceeded, "connecting: i/o timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redis.New(tt.client, "test", nil)
			budget := errors.New("the budget of the test")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 250*time.Millisecond, budget)
			defer cancel()
			_, err := s.Claim(ctx, request(key(1), 1, time.Hour))
			if !errors.Is(err, tt.cause) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want the cause: %s", err, tt.says)
			}
			// The client may give up before the deadline, which it then
			// does not speak of.
			if ctx.Err() != nil && (!strings.Contains(err.Error(), "the caller's deadline passed after 2") ||
				!errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, budget)) {
				t.Errorf("got %v, want whose deadline it was", err)
			}
		})
	}
}

// TestCauseCanceled: it was the caller who gave up.
func TestCauseCanceled(t *testing.T) {
	server := testserver.Redis(t, nil)
	s := redis.New(newClient(t, server.Addr), "test", nil)
	if _, err := s.Claim(t.Context(), request(key(1), 1, time.Hour)); err != nil {
		t.Fatal(err)
	}
	server.Pause(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := s.Claim(ctx, request(key(2), 1, time.Hour))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the caller canceled the call") {
		t.Errorf("got %v, want to hear of the caller", err)
	}
}
