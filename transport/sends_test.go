package transport_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// An arrivals notes when requests reach the server, which is more than what the
// client's transport was given to send.
type arrivals struct {
	mu sync.Mutex
	at []time.Time
}

func (a *arrivals) add() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, time.Now())
	return len(a.at)
}

func (a *arrivals) all() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// TestLimiterCountsResends: whatever the server does to the connections, it sees
// no more than the limit, though net/http sends a request again by itself when a
// kept connection is closed unanswered.
func TestLimiterCountsResends(t *testing.T) {
	for name, misbehave := range map[string]func(*rand.Rand, http.ResponseWriter, *http.Request){
		"closes every second request of a connection": func() func(*rand.Rand, http.ResponseWriter, *http.Request) {
			seen := new(sync.Map) // connections
			return func(_ *rand.Rand, w http.ResponseWriter, r *http.Request) {
				if _, again := seen.LoadOrStore(r.Context().Value(connKey{}), true); again {
					hangUp(w)
				}
			}
		}(),
		"closes every request": func(_ *rand.Rand, w http.ResponseWriter, _ *http.Request) { hangUp(w) },
		"anything": func(random *rand.Rand, w http.ResponseWriter, _ *http.Request) {
			switch random.IntN(8) {
			case 0, 1, 2:
				hangUp(w)
			case 3:
				w.Header().Set("Connection", "close")
			case 4:
				w.WriteHeader(503)
			case 5:
				w.Header().Set("Content-Length", "9") // and so cut
			case 6:
				time.Sleep(time.Duration(random.IntN(15)) * time.Second)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var came arrivals
				random := rand.New(rand.NewPCG(7, 11))
				var mu sync.Mutex
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					came.add()
					mu.Lock()
					mine := rand.New(rand.NewPCG(random.Uint64(), 1))
					mu.Unlock()
					misbehave(mine, w, r)
				})
				up.pipes.MaxIdleConnsPerHost = 30
				headroom := transport.NewHeadroom(&transport.HeadroomOptions{Logger: silent})
				rt := transport.Chain(
					transport.Retry(nil), transport.NewLimiter(90, nil).Layer,
					headroom.Layer, transport.AttemptTimeout(nil),
				)(up)
				time.Sleep(time.Hour)
				crowd(t, 20, 10*time.Minute, func(ctx context.Context) { _, _ = get(ctx, rt, up.URL) })
				wantWindow(t, came.all(), 90)
				if n := len(came.all()); n < 60*10 {
					t.Errorf("%d requests came in 10 minutes, want 60 a minute", n)
				}
				if n := len(came.all()) - len(up.sent()); n == 0 && name != "anything" && name != "closes every request" {
					t.Error("net/http has sent nothing again by itself: the test tests nothing")
				}
				lastMinute := 0
				for _, at := range came.all() {
					if time.Since(at) < time.Minute {
						lastMinute++
					}
				}
				if got := headroom.Attempts(); got < lastMinute {
					t.Errorf("headroom counts %d attempts in the last minute, %d came", got, lastMinute)
				}
				up.wantNothingOpen()
			})
		})
	}
}

// TestResendRefused: when the limit leaves no room for net/http's resend, the
// attempt has failed as a lost connection does, and a Retry outside repeats it
// in its turn.
func TestResendRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came arrivals
		up := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			if came.add() == 2 {
				hangUp(w)
			}
		})
		breaker := transport.NewBreaker(&transport.BreakerOptions{Failures: 1, Logger: silent})
		var seen observations
		limited := transport.Chain(transport.NewLimiter(2, nil).Layer, breaker.Layer, transport.Metrics(seen.Observe), transport.AttemptTimeout(nil))(up)
		if _, err := get(t.Context(), limited, up.URL); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err := get(t.Context(), limited, up.URL)
		if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, transport.ErrLocalLimit) {
			t.Errorf("%v, want a lost connection", err)
		}
		if got := seen[1].Outcome; got != transport.OutcomeNetworkError {
			t.Errorf("observed %q, want a network error", got)
		}
		if _, err := get(t.Context(), transport.Chain(breaker.Check)(limited), up.URL); !errors.Is(err, transport.ErrCircuitOpen) {
			t.Errorf("%v, want that the breaker has counted it", err)
		}
		time.Sleep(transport.DefaultOpenFor + 1)
		if _, err := get(t.Context(), transport.Retry(nil)(limited), up.URL); err != nil || time.Since(start) < time.Minute {
			t.Errorf("%v after %v, want an answer when the limit allows one", err, time.Since(start))
		}
		wantWindow(t, came.all(), 2)
		up.wantNothingOpen()
	})
}

// TestResendRefusedOverSockets: a refused resend does not reach the server, not
// even now and then.
func TestResendRefusedOverSockets(t *testing.T) {
	var came atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if came.Add(1)%2 == 0 {
			hangUp(w)
		}
	}))
	defer srv.Close()
	for i := range int64(300) {
		rt := transport.NewLimiter(2, nil).Layer(srv.Client().Transport)
		_, first := get(t.Context(), rt, srv.URL)
		_, second := get(t.Context(), rt, srv.URL)
		if first != nil || second == nil {
			t.Fatalf("%v, %v, want an error of the second only", first, second)
		}
		if n := came.Load(); n != 2*(i+1) {
			t.Fatalf("%d requests came after %d were sent", n, 2*(i+1))
		}
	}
}

// TestResendUnwritten: what did not leave over a dead connection does not count
// a second time.
func TestResendUnwritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
		dial, dead := up.pipes.DialContext, new(atomic.Bool)
		up.pipes.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			return &deaf{c, dead}, err
		}
		rt := transport.NewLimiter(2, nil).Layer(up)
		for i := range 2 {
			dead.Store(i == 1)
			r, _ := http.NewRequestWithContext(t.Context(), "POST", up.URL, nil)
			resp, err := rt.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
	})
}

// A deaf connection fails the next write once it is dead, which then has been
// the last.
type deaf struct {
	net.Conn
	dead *atomic.Bool
}

func (c *deaf) Write(p []byte) (int, error) {
	if c.dead.CompareAndSwap(true, false) {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

// TestResendHTTP2: a server that refuses every stream has net/http send the
// request again and again.
func TestResendHTTP2(t *testing.T) {
	tlsServer := httptest.NewUnstartedServer(nil)
	tlsServer.EnableHTTP2 = true
	tlsServer.StartTLS()
	defer tlsServer.Close()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: tlsServer.TLS.Certificates, NextProtos: []string{"h2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var came atomic.Int64
	ended, end := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ended, func() { _ = conn.Close() })
			wg.Go(func() { refuseStreams(conn, &came) })
		}
	})
	pipes := tlsServer.Client().Transport.(*http.Transport)
	rt := transport.NewLimiter(2, nil).Layer(pipes)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = get(ctx, rt, "https://"+ln.Addr().String())
	if err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("%v, want a lost connection", err)
	}
	if n := came.Load(); n != 2 {
		t.Errorf("%d requests came, want 2", n)
	}
	pipes.CloseIdleConnections()
	_ = ln.Close()
	end()
	wg.Wait()
}

// refuseStreams speaks as much HTTP/2 (RFC 9113) as it takes to refuse every
// request.
func refuseStreams(conn net.Conn, came *atomic.Int64) {
	defer conn.Close()
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	_, _ = conn.Write(make([]byte, 3, 9)) // of the SETTINGS frame: its length
	_, _ = conn.Write([]byte{4, 0, 0, 0, 0, 0})
	for {
		var head [9]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		length := binary.BigEndian.Uint32(append([]byte{0}, head[:3]...))
		if _, err := io.CopyN(io.Discard, conn, int64(length)); err != nil {
			return
		}
		switch kind := head[3]; {
		case kind == 4 && head[4] == 0: // SETTINGS: acknowledged
			_, _ = conn.Write([]byte{0, 0, 0, 4, 1, 0, 0, 0, 0})
		case kind == 1: // HEADERS: RST_STREAM with REFUSED_STREAM
			came.Add(1)
			reset := append([]byte{0, 0, 4, 3, 0}, head[5:9]...)
			_, _ = conn.Write(append(reset, 0, 0, 0, 7))
		}
	}
}
