package transport_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// wantWindow checks that no 60 s from any start on, the end included, see more
// than n starts.
func wantWindow(t *testing.T, starts []time.Time, n int) {
	t.Helper()
	most, oldest := 0, 0
	for i, end := range starts {
		for end.Sub(starts[oldest]) > time.Minute {
			oldest++
		}
		most = max(most, i-oldest+1)
	}
	if most > n {
		t.Errorf("%d requests started within 60 s, want %d at most", most, n)
	}
	t.Logf("%d starts, at most %d within 60 s", len(starts), most)
}

// TestLimiterWindow: whatever 30 hungry callers meet with, what they send stays
// below the limit, and not far below.
func TestLimiterWindow(t *testing.T) {
	const runs = 20 * time.Minute
	tests := []struct {
		name    string
		latency time.Duration
		answer  func(n int64, w http.ResponseWriter)
		layers  []func(http.RoundTripper) http.RoundTripper // around the limiter
		least   int                                         // per minute
	}{
		{name: "quick", least: 85},
		{name: "slow", latency: 3 * time.Second, least: 85},
		{name: "quicker than the callers' patience", latency: 15 * time.Second, least: 84},
		{name: "429s", answer: func(n int64, w http.ResponseWriter) {
			if n%50 == 0 {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(429)
			}
		}, least: 50},
		{name: "429s, retried", answer: func(n int64, w http.ResponseWriter) {
			if n%50 == 0 {
				w.Header().Set("Retry-After", "20")
				w.WriteHeader(429)
			}
		}, layers: layers(transport.Retry(nil)), least: 50},
		{name: "bursts of 429s", latency: 5 * time.Second, answer: func(n int64, w http.ResponseWriter) {
			if n%100 < 10 {
				w.WriteHeader(429)
			}
		}, layers: layers(transport.Retry(nil)), least: 60},
		{name: "503s, retried", answer: func(n int64, w http.ResponseWriter) {
			if n%3 == 0 {
				w.WriteHeader(503)
			}
		}, layers: layers(transport.Retry(nil)), least: 85},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int64
				up := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
					time.Sleep(tt.latency)
					if tt.answer != nil {
						tt.answer(n.Add(1), w)
					}
				})
				limiter := transport.NewLimiter(90, nil)
				rt := transport.Chain(append(tt.layers, limiter.Layer)...)(up)
				time.Sleep(time.Hour) // idle, it may send all that the limit allows
				crowd(t, 30, runs, func(ctx context.Context) { _, _ = get(ctx, rt, up.URL) })
				wantWindow(t, up.sent(), 90)
				if got := len(up.sent()); got < tt.least*int(runs/time.Minute) {
					t.Errorf("%d requests in %v, want %d a minute", got, runs, tt.least)
				}
				up.wantNothingOpen()
			})
		})
	}
}

func layers(l ...func(http.RoundTripper) http.RoundTripper) []func(http.RoundTripper) http.RoundTripper {
	return l
}

// TestLimiterOptions: the promise holds for every limit.
func TestLimiterOptions(t *testing.T) {
	for _, tt := range []struct{ perMinute, burst int }{
		{1, 0}, {2, 0}, {9, 0}, {30, 0}, {600, 0}, {1, 1}, {6, 5}, {100, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			up := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
			rt := transport.NewLimiter(tt.perMinute, &transport.LimiterOptions{Burst: tt.burst}).Layer(up)
			crowd(t, 10, 10*time.Minute, func(ctx context.Context) { _, _ = get(ctx, rt, up.URL) })
			wantWindow(t, up.sent(), tt.perMinute)
			// 10 windows of 61 s would end after 10 minutes.
			if got, want := len(up.sent()), 9*max(tt.perMinute-tt.burst, 1); got < want {
				t.Errorf("%+v: %d requests in 10 minutes, want %d", tt, got, want)
			}
		})
	}
}

// TestLimiterBurst: with a Burst the starts are spread out.
func TestLimiterBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
		rt := transport.NewLimiter(63, &transport.LimiterOptions{Burst: 3}).Layer(up)
		start := time.Now()
		for range 10 {
			_, _ = get(t.Context(), rt, up.URL)
		}
		for i, at := range up.sent() {
			if want := time.Duration(max(i-2, 0)) * time.Second; at.Sub(start) != want {
				t.Errorf("request %d started after %v, want %v", i+1, at.Sub(start), want)
			}
		}
	})
}

func TestNewLimiterPanics(t *testing.T) {
	tests := []struct {
		perMinute int
		o         transport.LimiterOptions
		want      []string
	}{
		{0, transport.LimiterOptions{}, []string{"perMinute is not positive"}},
		{-1, transport.LimiterOptions{}, []string{"perMinute is not positive"}},
		{90, transport.LimiterOptions{Pause: -1}, []string{"negative"}},
		{90, transport.LimiterOptions{MaxWait: -1}, []string{"negative"}},
		{90, transport.LimiterOptions{MaxPause: -1}, []string{"negative"}},
		{90, transport.LimiterOptions{Burst: -1}, []string{"burst of -1"}},
		{5, transport.LimiterOptions{Burst: 5}, []string{"leaves nothing"}},
		{
			90,
			transport.LimiterOptions{Burst: 90, Pause: -1, Classes: map[string]int{"": 3, "x": 0}},
			[]string{"negative", "burst of 90", "without a name", `class "x"`},
		},
	}
	for _, tt := range tests {
		wantPanic(t, func() { transport.NewLimiter(tt.perMinute, &tt.o) }, tt.want...)
	}
}

// wantPanic checks that f panics with a text that has all of want in it.
func wantPanic(t *testing.T, f func(), want ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		text, _ := recover().(string)
		for _, s := range append(want, "transport: ") {
			if !strings.Contains(text, s) {
				t.Errorf("panic %q, want %q in it", text, s)
			}
		}
	}()
	f()
}

// TestLimiterClasses: a class has a limit of its own, and those who wait for it
// hold up no others.
func TestLimiterClasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
		rt := transport.NewLimiter(90, &transport.LimiterOptions{Classes: map[string]int{"slow": 6}}).Layer(up)
		var mu sync.Mutex
		started := map[string][]time.Time{}
		classed := transport.Func(func(r *http.Request) (*http.Response, error) {
			resp, err := rt.RoundTrip(r)
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				class := transport.CallFrom(r.Context()).Class
				started[class] = append(started[class], time.Now())
			}
			return resp, err
		})
		var who atomic.Int64
		crowd(t, 30, 10*time.Minute, func(ctx context.Context) {
			class := []string{"slow", "slow", "unknown to the limiter"}[who.Add(1)%3]
			_, _ = get(transport.WithCall(ctx, transport.Call{Class: class}), classed, up.URL)
		})
		wantWindow(t, up.sent(), 90)
		wantWindow(t, started["slow"], 6)
		if n := len(started["slow"]); n < 50 {
			t.Errorf("the class was served %d times in 10 minutes, want 50", n)
		}
	})
}

func TestLimiterFailFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
		rt := transport.NewLimiter(5, &transport.LimiterOptions{FailFast: true}).Layer(up)
		refused := 0
		var last *transport.RefusedError
		for range 20 {
			if _, err := get(t.Context(), rt, up.URL); errors.As(err, &last) {
				refused++
			}
		}
		up.wantSent(5)
		if refused != 15 || !errors.Is(last, transport.ErrLocalLimit) {
			t.Fatalf("%d were refused, with %v", refused, last)
		}
		time.Sleep(last.RetryAfter)
		if _, err := get(t.Context(), rt, up.URL); err != nil {
			t.Errorf("after the time that the refusal named: %v", err)
		}
	})
}

// TestLimiterInTurn: requests start in the order in which they came.
func TestLimiterInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		up := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, r.URL.Path)
		})
		rt := transport.NewLimiter(90, &transport.LimiterOptions{Burst: 1}).Layer(up)
		var want []string
		var wg sync.WaitGroup
		for i := range 20 {
			path := "/" + string(rune('a'+i))
			want = append(want, path)
			wg.Go(func() { _, _ = get(t.Context(), rt, up.URL+path) })
			synctest.Wait()
		}
		wg.Wait()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("order (-want +got):\n", diff)
		}
	})
}

// TestLimiterClosesTheBody of a request that it does not send.
func TestLimiterClosesTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := transport.NewLimiter(90, nil).Layer(nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantBodyClosed(t, rt, ctx, context.Canceled)
	})
}

// wantBodyClosed sends a request through rt and checks that it fails with the
// error and that its body is closed.
func wantBodyClosed(t *testing.T, rt http.RoundTripper, ctx context.Context, want error) {
	t.Helper()
	isClosed := false
	body := &closedBody{http.NoBody, func() { isClosed = true }}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://hooktest.test/", body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rt.RoundTrip(r); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if !isClosed {
		t.Error("the request's body is left open")
	}
}
