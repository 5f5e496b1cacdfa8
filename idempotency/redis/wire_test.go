package redis_test

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// A wire is what all connections of a client have in common: each write on one
// is the begin of a round trip, for the client waits for the answer.
type wire struct {
	trips atomic.Int64
	lose  atomic.Int64 // answers that come and are not heard
}

type wiredConn struct {
	net.Conn
	wire *wire
}

func (c *wiredConn) Write(p []byte) (int, error) {
	c.wire.trips.Add(1)
	return c.Conn.Write(p)
}

func (c *wiredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil && c.wire.lose.Add(-1) >= 0 {
		c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// newWired returns a store on a server of its own, over a wire.
func newWired(t *testing.T) (*redis.Store, *goredis.Client, *wire) {
	t.Helper()
	w := new(wire)
	client := goredis.NewClient(&goredis.Options{
		Addr:                  testserver.Redis(t, nil).Addr,
		ContextTimeoutEnabled: true,
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &wiredConn{conn, w}, err
		},
	})
	t.Cleanup(func() { client.Close() })
	return redis.New(client, "test", nil), client, w
}

// TestOneRoundTrip counts what each call costs: one round trip, and one more
// only when the server does not know the script yet.
func TestOneRoundTrip(t *testing.T) {
	s, client, w := newWired(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil { // opens the connection
		t.Fatal(err)
	}
	var fence uint64
	claim := func(k, owner int, want idempotency.State) func() error {
		return func() error {
			c, err := s.Claim(ctx, request(key(k), byte(owner), time.Hour))
			if err == nil && c.State != want {
				t.Errorf("got %v, want %v", c.State, want)
			}
			if c.State == idempotency.Granted {
				fence = c.Fence
			}
			return err
		}
	}
	extend := func() error { return s.Extend(ctx, key(1), fence, time.Hour) }
	complete := func() error { return s.Complete(ctx, key(1), fence, time.Hour) }
	release := func() error { return s.Release(ctx, key(1), fence) }
	forget := func() error { _, err := s.Forget(ctx, key(1)); return err }
	bind := func() error { _, err := s.Bind(ctx, key(1), key(1), time.Hour); return err }

	for _, step := range []struct {
		name string
		call func() error
		want int64
	}{
		{"the first Claim", claim(1, 1, idempotency.Granted), 2},
		{"Claim sent again", claim(1, 1, idempotency.Granted), 1},
		{"Claim in flight", claim(1, 2, idempotency.InFlight), 1},
		{"the first Extend", extend, 2},
		{"Extend", extend, 1},
		{"the first Release", release, 2},
		{"Claim after a release", claim(1, 2, idempotency.Granted), 1},
		{"Release", release, 1},
		{"Claim", claim(1, 3, idempotency.Granted), 1},
		{"the first Complete", complete, 2},
		{"Complete again", complete, 1},
		{"Claim when done", claim(1, 4, idempotency.Done), 1},
		{"the first Forget", forget, 2},
		{"Forget", forget, 1},
		{"Claim when forgotten", claim(1, 5, idempotency.Granted), 1},
		{"the first Bind", bind, 2},
		{"Bind", bind, 1},
	} {
		before := w.trips.Load()
		if err := step.call(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		if got := w.trips.Load() - before; got != step.want {
			t.Errorf("%s: %d round trips, want %d", step.name, got, step.want)
		}
	}
}

// TestAnswerLost loses the answer to each call once: the client sends it again,
// and the second finds what the first did.
func TestAnswerLost(t *testing.T) {
	s, _, w := newWired(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// Scripts that the server knows, so that it is their answers that are lost.
	warm, err := s.Claim(ctx, request(key(1), 1, time.Hour))
	err = errors.Join(err, s.Release(ctx, key(1), warm.Fence))
	warm, err2 := s.Claim(ctx, request(key(1), 1, time.Hour))
	_, err3 := s.Bind(ctx, key(1), key(1), time.Hour)
	err = errors.Join(err, err2, err3, s.Extend(ctx, key(1), warm.Fence, time.Hour), s.Complete(ctx, key(1), warm.Fence, time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	lose := func(call string, f func() error, want error) {
		t.Helper()
		w.lose.Store(1)
		if err := f(); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", call, err, want)
		}
		if w.lose.Load() > 0 {
			t.Errorf("%s: no answer was lost", call)
		}
	}
	var c idempotency.Claim
	lose("Claim", func() (err error) { c, err = s.Claim(ctx, request(key(2), 1, time.Hour)); return err }, nil)
	if c.State != idempotency.Granted {
		t.Fatalf("Claim: got %v, want granted", c.State)
	}
	lose("Extend", func() error { return s.Extend(ctx, key(2), c.Fence, time.Hour) }, nil)
	lose("Complete", func() error { return s.Complete(ctx, key(2), c.Fence, time.Hour) }, nil)
	lose("Bind", func() error {
		first, err := s.Bind(ctx, key(2), key(2), time.Hour)
		if first != key(2) {
			t.Errorf("Bind: got %v, want its own key", first)
		}
		return err
	}, nil)
	if c, err = s.Claim(ctx, request(key(3), 1, time.Hour)); err != nil {
		t.Fatal(err)
	}
	lose("Release", func() error { return s.Release(ctx, key(3), c.Fence) }, idempotency.ErrLost)
	if c, err := s.Claim(ctx, request(key(3), 2, time.Hour)); err != nil || c.State != idempotency.Granted {
		t.Errorf("Claim after a Release whose answer was lost: got %v, %v, want granted", c.State, err)
	}
}

// TestContext: a server that has stopped holds no call for longer than its
// context, whatever the client has been told.
func TestContext(t *testing.T) {
	server := testserver.Redis(t, nil)
	for _, punctual := range []bool{false, true} {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr, ContextTimeoutEnabled: punctual})
		defer client.Close()
		s := redis.New(client, newNamespace(), nil)
		c, err := s.Claim(t.Context(), request(key(1), 1, time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		server.Pause(t)
		for name, call := range map[string]func(context.Context) error{
			"Claim": func(ctx context.Context) error {
				c, err := s.Claim(ctx, request(key(2), 1, time.Hour))
				if c != (idempotency.Claim{}) {
					t.Errorf("Claim: got %v with the error", c.State)
				}
				return err
			},
			"Extend":   func(ctx context.Context) error { return s.Extend(ctx, key(1), c.Fence, time.Hour) },
			"Complete": func(ctx context.Context) error { return s.Complete(ctx, key(1), c.Fence, time.Hour) },
			"Release":  func(ctx context.Context) error { return s.Release(ctx, key(1), c.Fence) },
			"Bind":     func(ctx context.Context) error { _, err := s.Bind(ctx, key(1), key(1), time.Hour); return err },
			"Forget":   func(ctx context.Context) error { _, err := s.Forget(ctx, key(1)); return err },
		} {
			start := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err := call(ctx)
			cancel()
			if err == nil || errors.Is(err, idempotency.ErrLost) {
				t.Errorf("%s of a stopped server: got %v", name, err)
			}
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("%s of a stopped server: took %v of 50ms (ContextTimeoutEnabled %v)", name, took, punctual)
			}
		}
		server.Resume(t)
	}
}
