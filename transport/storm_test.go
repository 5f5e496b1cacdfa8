package transport_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// TestStorm has 30 hungry callers, some of them impatient, go through all that
// can happen, with all layers in their order. The limit holds throughout, a
// dead provider is left alone, and afterwards all is as it was.
func TestStorm(t *testing.T) {
	phases := []struct {
		name  string
		h     http.HandlerFunc
		least int // requests in its 5 minutes
		most  int
	}{
		{"fine", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, 400, 450},
		{"429", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(429)
		}, 10, 60},
		{"503", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 10, 20},
		{"hangs", hang, 7, 20},
		{"drips", drip, 7, 20},
		{"cuts", raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), 9, 20},
		{"fine again", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, 350, 450},
	}
	synctest.Test(t, func(t *testing.T) {
		var phase atomic.Int64
		begin := time.Now()
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.Header.Get("Authorization") != "Bearer "+tokenAt(begin) {
				w.WriteHeader(401)
				return
			}
			phases[phase.Load()].h(w, r)
		})
		var mu sync.Mutex
		token := tokenAt(begin)
		source := transport.SourceFunc(func(_ context.Context, rejected string) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			if rejected == token {
				token = tokenAt(begin)
			}
			return token, nil
		})
		breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
		headroom := transport.NewHeadroom(&transport.HeadroomOptions{Logger: silent})
		rt := transport.Chain(
			transport.Retry(nil), breaker.Check, transport.NewLimiter(90, nil).Layer, breaker.Layer,
			headroom.Layer, transport.Auth(source, mustParse(up.URL)), transport.AttemptTimeout(nil),
		)(up)

		var wg sync.WaitGroup
		stop, done := context.WithCancel(t.Context())
		for i := range 30 {
			wg.Go(func() {
				for stop.Err() == nil {
					ctx, cancel := context.WithCancel(t.Context())
					if i%3 == 0 {
						ctx, cancel = context.WithTimeout(ctx, time.Duration(i+1)*time.Second)
					}
					if i%2 == 0 {
						_, _ = get(ctx, rt, up.URL)
					} else {
						r, _ := http.NewRequestWithContext(ctx, "POST", up.URL, strings.NewReader("body"))
						if resp, err := rt.RoundTrip(r); err == nil {
							resp.Body.Close()
						}
					}
					cancel()
					time.Sleep(time.Second)
				}
			})
		}
		for i, p := range phases {
			phase.Store(int64(i))
			before := len(up.sent())
			time.Sleep(5 * time.Minute)
			got := len(up.sent()) - before
			t.Logf("%s: %d requests", p.name, got)
			if got < p.least || got > p.most {
				t.Errorf("%s: %d requests in 5 minutes, want %d to %d", p.name, got, p.least, p.most)
			}
		}
		done()
		wg.Wait()
		wantWindow(t, up.sent(), 90)
		if status, err := get(t.Context(), rt, up.URL); status != 200 {
			t.Errorf("in the end: %d %v", status, err)
		}
		up.wantNothingOpen()
	})
}

// tokenAt returns the token that is good now. Each is for 7 minutes, the first
// from begin on.
func tokenAt(begin time.Time) string {
	return "token" + time.Since(begin).Truncate(7*time.Minute).String()
}
