package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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

var errRefused = errors.New("connection refused")

// deaths are the ways in which a provider can be dead, and how long it takes to
// find out.
var deaths = []struct {
	name  string
	takes time.Duration
	die   func(r *http.Request) (*http.Response, error)
}{
	{"refuses", 0, func(*http.Request) (*http.Response, error) { return nil, errRefused }},
	{"answers 503", 0, func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 503, Header: http.Header{}, Body: http.NoBody}, nil
	}},
	{"answers 500 slowly", 2 * time.Second, func(*http.Request) (*http.Response, error) {
		time.Sleep(2 * time.Second)
		return &http.Response{StatusCode: 500, Header: http.Header{}, Body: http.NoBody}, nil
	}},
	{"hangs", 10 * time.Second, func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}},
}

// TestBreakerHits: a dead provider sees 5 requests, however many callers there
// are, and then one each time that the circuit is tried.
func TestBreakerHits(t *testing.T) {
	const runs = 4 * time.Minute
	for _, tt := range deaths {
		for _, limited := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, limiter %v", tt.name, limited), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					var hits []time.Duration
					start := time.Now()
					base := transport.Func(func(r *http.Request) (*http.Response, error) {
						mu.Lock()
						hits = append(hits, time.Since(start))
						mu.Unlock()
						return tt.die(r)
					})
					breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
					chain := layers(breaker.Check)
					if limited {
						chain = append(chain, transport.NewLimiter(90, nil).Layer)
					}
					chain = append(chain, breaker.Layer, transport.AttemptTimeout(nil))
					rt := transport.Chain(chain...)(base)
					crowd(t, 50, runs, func(ctx context.Context) {
						_, _ = get(context.WithoutCancel(ctx), rt, "http://hooktest.test/")
					})
					var first int
					for first < len(hits) && hits[first] <= tt.takes {
						first++
					}
					if first != transport.DefaultFailures {
						t.Errorf("%d hits before the circuit opened, want 5: %v", first, hits[:first])
					}
					for i := first; i < len(hits); i++ {
						gap := hits[i] - hits[i-1] - tt.takes
						if gap < transport.DefaultOpenFor || gap > transport.DefaultOpenFor+time.Second {
							t.Errorf("hit %d came %v after the one before had failed, want 30 s", i+1, gap)
						}
					}
					if want := int(runs/(transport.DefaultOpenFor+tt.takes+time.Second)) - 1; len(hits)-first < want {
						t.Errorf("%d probes in %v, want %d", len(hits)-first, runs, want)
					}
					t.Log(len(hits), "hits")
				})
			})
		}
	}
}

// TestBreakerTellsWaiters: those who wait for a turn or for the limiter are
// told when the circuit opens, not later, and have spent no token.
func TestBreakerTellsWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
		limiter := transport.NewLimiter(20, &transport.LimiterOptions{Burst: 2, Classes: map[string]int{"slow": 1}, MaxWait: time.Hour})
		rt := transport.Chain(breaker.Check, limiter.Layer, breaker.Layer, transport.AttemptTimeout(nil))(up)
		start := time.Now()
		ends := map[time.Duration]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				ctx := transport.WithCall(t.Context(), transport.Call{Class: []string{"slow", ""}[i%2]})
				_, err := get(ctx, rt, up.URL)
				mu.Lock()
				defer mu.Unlock()
				ends[time.Since(start)]++
				var refused *transport.RefusedError
				switch {
				case errors.Is(err, transport.ErrTimeout):
				case !errors.As(err, &refused) || !errors.Is(err, transport.ErrCircuitOpen):
					t.Errorf("%v, want ErrCircuitOpen", err)
				case refused.RetryAfter != transport.DefaultOpenFor+1:
					t.Errorf("asked to come again in %v, want 30 s", refused.RetryAfter)
				}
			})
		}
		wg.Wait()
		// The burst is 2, and another starts every 60/18 s; the fifth fails
		// 10 s after it has started.
		last := up.sent()[4].Sub(start) + 10*time.Second
		if ends[last] != 56 {
			t.Errorf("ends: %v, want 56 at %v", ends, last)
		}
		up.wantSent(5)
		time.Sleep(time.Minute)
		up.wantNothingOpen()
	})
}

// TestBreakerRecovers: the first answer closes the circuit for all callers, those
// included who have waited for the probe's end.
func TestBreakerRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		served := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			if !up.Load() {
				w.WriteHeader(502)
			}
		})
		var log bytes.Buffer
		breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		rt := transport.Chain(breaker.Check, breaker.Layer)(served)
		for range 5 {
			_, _ = get(t.Context(), rt, served.URL)
		}
		_, err := get(t.Context(), rt, served.URL)
		var refused *transport.RefusedError
		if !errors.As(err, &refused) {
			t.Fatal(err)
		}
		time.Sleep(refused.RetryAfter - 1)
		if _, err := get(t.Context(), rt, served.URL); !errors.Is(err, transport.ErrCircuitOpen) {
			t.Errorf("a moment before the time that was told: %v", err)
		}
		time.Sleep(time.Nanosecond)
		up.Store(true)
		start := time.Now()
		ends := map[time.Duration]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 11 {
			wg.Go(func() {
				status, err := get(t.Context(), rt, served.URL)
				if status != 200 {
					t.Errorf("%d %v", status, err)
				}
				mu.Lock()
				defer mu.Unlock()
				ends[time.Since(start)]++
			})
		}
		wg.Wait()
		// One probe, and then all others: the provider is healthy.
		if diff := cmp.Diff(map[time.Duration]int{1e9: 1, 2e9: 10}, ends); diff != "" {
			t.Error("ends (-want +got):\n", diff)
		}
		var states []string
		for line := range strings.Lines(log.String()) {
			_, msg, _ := strings.Cut(line, "circuit ")
			state, _, _ := strings.Cut(msg, `"`)
			states = append(states, state)
		}
		if diff := cmp.Diff([]string{"open", "half-open", "closed"}, states); diff != "" {
			t.Error("log (-want +got):\n", diff, log.String())
		}
		served.wantNothingOpen()
	})
}

// TestBreakerLayerAlone: without Check it is a breaker still, but one that
// can't know what is in flight.
func TestBreakerLayerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			w.WriteHeader(500)
		})
		rt := transport.NewBreaker(&transport.BreakerOptions{Failures: 3, OpenFor: time.Minute, Logger: silent}).Layer(up)
		for _, want := range []int{20, 1, 1} {
			before := len(up.sent())
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if status, err := get(t.Context(), rt, up.URL); status != 500 && !errors.Is(err, transport.ErrCircuitOpen) {
						t.Errorf("%d %v", status, err)
					}
				})
			}
			wg.Wait()
			up.wantSent(before + want)
			wantBodyClosed(t, rt, t.Context(), transport.ErrCircuitOpen)
			time.Sleep(time.Minute + 1)
		}
	})
}

func TestNewBreakerPanics(t *testing.T) {
	wantPanic(t, func() { transport.NewBreaker(&transport.BreakerOptions{Failures: -1}) }, "NewBreaker")
	wantPanic(t, func() { transport.NewBreaker(&transport.BreakerOptions{OpenFor: -1}) }, "NewBreaker")
}
