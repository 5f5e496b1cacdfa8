package transport_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// TestLimiterGate: one caller's 429 stops all.
func TestLimiterGate(t *testing.T) {
	tests := []struct {
		name   string
		header string
		want   time.Duration
	}{
		{"seconds", "7", 7 * time.Second},
		{"a date", "Sat, 01 Jan 2000 00:00:13 GMT", 13 * time.Second}, // when bubbles begin
		{"not said", "", transport.DefaultPause},
		{"nonsense", "soon", transport.DefaultPause},
		{"at once", "0", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/limited" {
						w.Header().Set("Retry-After", tt.header)
						w.WriteHeader(429)
					}
				})
				rt := transport.NewLimiter(600, &transport.LimiterOptions{Logger: silent}).Layer(up)
				start := time.Now()
				if status, err := get(t.Context(), rt, up.URL+"/limited"); status != 429 {
					t.Fatalf("%d %v, want the 429", status, err)
				}
				if _, err := get(t.Context(), rt, up.URL); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took != tt.want {
					t.Errorf("the next one was sent after %v, want %v", took, tt.want)
				}
			})
		})
	}
}

// TestLimiterGateShutsOnWaiters: who waits already is stopped too, or told at
// once that it waits in vain; and when the gate opens, they don't all rush
// through it.
func TestLimiterGateShutsOnWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/limited" {
				time.Sleep(100 * time.Millisecond)
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(429)
			}
		})
		rt := transport.NewLimiter(90, &transport.LimiterOptions{Burst: 5, MaxWait: 2 * time.Minute}).Layer(up)
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = get(t.Context(), rt, up.URL+"/limited") })
		for range 4 {
			wg.Go(func() { _, _ = get(t.Context(), rt, up.URL) })
		}
		synctest.Wait()
		for range 20 {
			wg.Go(func() { _, _ = get(t.Context(), rt, up.URL) })
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := get(ctx, rt, up.URL); !errors.Is(err, transport.ErrLocalLimit) || time.Since(start) != 100*time.Millisecond {
			t.Errorf("%v after %v, want ErrLocalLimit when the gate shut", err, time.Since(start))
		}
		wg.Wait()
		opened := start.Add(60*time.Second + 100*time.Millisecond)
		rushed := 0
		for _, at := range up.sent()[5:] {
			if at.Before(opened) {
				t.Errorf("sent %v before the gate opened", opened.Sub(at))
			}
			if at.Equal(opened) {
				rushed++
			}
		}
		if rushed != 5 {
			t.Errorf("%d were sent when the gate opened, want a burst of 5", rushed)
		}
		wantWindow(t, up.sent(), 90)
		up.wantNothingOpen()
	})
}

// TestLimiterGateStaysShut: of several 429s the one counts that wants the
// longest wait, whichever comes last.
func TestLimiterGateStaysShut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if s := strings.TrimPrefix(r.URL.Path, "/"); s != "" {
				time.Sleep(map[string]time.Duration{"60": 1e9, "5": 2e9}[s])
				w.Header().Set("Retry-After", s)
				w.WriteHeader(429)
			}
		})
		rt := transport.NewLimiter(90, nil).Layer(up)
		start := time.Now()
		var wg sync.WaitGroup
		for _, path := range []string{"/60", "/5"} {
			wg.Go(func() { _, _ = get(t.Context(), rt, up.URL+path) })
		}
		wg.Wait()
		if _, err := get(t.Context(), rt, up.URL); err != nil || time.Since(start) != 61*time.Second {
			t.Errorf("%v after %v, want an answer a minute after the first 429", err, time.Since(start))
		}
	})
}
