package transport_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var silent = slog.New(slog.DiscardHandler)

// An upstream is a provider on a real server in memory, seen from the transport
// that reaches it: what is sent and when, and what is left open.
type upstream struct {
	*server
	t     *testing.T
	pipes *http.Transport

	mu     sync.Mutex
	starts []time.Time
	bodies int // of answers, not closed
	conns  int // open
}

// newUpstream must be called in a bubble.
func newUpstream(t *testing.T, h http.HandlerFunc) *upstream {
	u := &upstream{t: t, server: newServer(t, h)}
	u.pipes = u.transport
	dial := u.pipes.DialContext
	u.pipes.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		u.add(&u.conns, 1)
		return &closed{Conn: c, then: sync.OnceFunc(func() { u.add(&u.conns, -1) })}, nil
	}
	return u
}

// RoundTrip is the innermost transport.
func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	u.mu.Lock()
	u.starts = append(u.starts, time.Now())
	u.mu.Unlock()
	resp, err := u.pipes.RoundTrip(r)
	if err == nil && resp.Body != http.NoBody {
		u.add(&u.bodies, 1)
		resp.Body = &closedBody{resp.Body, sync.OnceFunc(func() { u.add(&u.bodies, -1) })}
	}
	return resp, err
}

func (u *upstream) add(to *int, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	*to += n
}

// sent returns when the requests so far were sent.
func (u *upstream) sent() []time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.starts[:len(u.starts):len(u.starts)]
}

// wantSent checks how many requests have been sent so far.
func (u *upstream) wantSent(n int) {
	u.t.Helper()
	if got := len(u.sent()); got != n {
		u.t.Errorf("%d requests were sent, want %d", got, n)
	}
}

// wantNothingOpen checks that no code holds a body or a connection any more.
func (u *upstream) wantNothingOpen() {
	u.t.Helper()
	synctest.Wait()
	u.pipes.CloseIdleConnections()
	synctest.Wait()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bodies != 0 || u.conns != 0 {
		u.t.Errorf("%d bodies and %d connections are left open", u.bodies, u.conns)
	}
}

type closed struct {
	net.Conn
	then func()
}

func (c *closed) Close() error { c.then(); return c.Conn.Close() }

type closedBody struct {
	io.ReadCloser
	then func()
}

func (b *closedBody) Close() error { b.then(); return b.ReadCloser.Close() }

// get sends a GET through rt, reads the answer and closes it.
func get(ctx context.Context, rt http.RoundTripper, url string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := rt.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// crowd has n callers call again and again until d has passed, each after a
// moment of rest, and waits for all of them.
func crowd(t *testing.T, n int, d time.Duration, call func(ctx context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for ctx.Err() == nil {
				call(ctx)
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	wg.Wait()
}
