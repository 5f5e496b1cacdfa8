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

	"github.com/hooklatch/hooklatch/transport"
)

// TestBreakerSlowRequests: with a healthy provider slow requests keep no others
// waiting, however many there are.
func TestBreakerSlowRequests(t *testing.T) {
	for _, limited := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			rt, up := turnRig(t, limited, func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					time.Sleep(25 * time.Second)
				}
			})
			var wg sync.WaitGroup
			for range 20 { // each second, a slow one and a quick one
				wg.Go(func() { _, _ = get(t.Context(), rt, up+"/slow") })
				start := time.Now()
				if status, err := get(t.Context(), rt, up); status != 200 || time.Since(start) > time.Second {
					t.Errorf("limiter %v: %d %v after %v", limited, status, err, time.Since(start))
				}
				time.Sleep(time.Second)
			}
			wg.Wait()
		})
	}
}

// TestBreakerNotSent: who finds no turn in time is told that nothing was sent,
// and by a limiter that fails fast at once.
func TestBreakerNotSent(t *testing.T) {
	for _, failFast := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			hits := new(atomic.Int64)
			breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
			limiter := transport.NewLimiter(6000, &transport.LimiterOptions{FailFast: failFast})
			rt := transport.Chain(breaker.Check, limiter.Layer, breaker.Layer)(transport.Func(
				func(r *http.Request) (*http.Response, error) {
					hits.Add(1)
					<-r.Context().Done()
					return nil, r.Context().Err()
				}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() { _, _ = get(ctx, rt, "http://hooktest.test/") })
			}
			synctest.Wait()
			time.Sleep(time.Second)
			soon, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start := time.Now()
			_, err := get(soon, rt, "http://hooktest.test/")
			want := 10 * time.Second
			if failFast {
				want = 0
			}
			if !errors.Is(err, transport.ErrLocalLimit) || errors.Is(err, context.DeadlineExceeded) ||
				!strings.HasPrefix(err.Error(), "not sent: ") || time.Since(start) != want {
				t.Errorf("fail fast %v: %v after %v", failFast, err, time.Since(start))
			}
			if n := hits.Load(); n != 5 {
				t.Errorf("fail fast %v: %d were sent", failFast, n)
			}
			wg.Wait()
		})
	}
}

// TestBreakerDiesLater: a provider that dies while it is busy sees what was in
// flight already and what is sent until it is known; one that was silent before
// sees 5 requests.
func TestBreakerDiesLater(t *testing.T) {
	for _, tt := range deaths {
		for silence, most := range map[time.Duration]int{
			0:                10 + 5 + 10*85/60, // in flight, the burst, and 10 s of the limiter's
			10 * time.Second: 5,
		} {
			t.Run(tt.name+" after "+silence.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var dead atomic.Bool
					var hits atomic.Int64
					base := transport.Func(func(r *http.Request) (*http.Response, error) {
						if dead.Load() {
							hits.Add(1)
							return tt.die(r)
						}
						return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}, nil
					})
					breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
					limiter := transport.NewLimiter(90, &transport.LimiterOptions{Burst: 5})
					rt := transport.Chain(breaker.Check, limiter.Layer, breaker.Layer, transport.AttemptTimeout(nil))(base)
					crowd(t, 10, time.Minute, func(ctx context.Context) { _, _ = get(context.WithoutCancel(ctx), rt, "http://hooktest.test/") })
					time.Sleep(silence)
					dead.Store(true)
					crowd(t, 50, 25*time.Second, func(ctx context.Context) { _, _ = get(context.WithoutCancel(ctx), rt, "http://hooktest.test/") })
					if n := int(hits.Load()); n < 5 || n > most {
						t.Errorf("%d hits, want 5 to %d", n, most)
					} else {
						t.Log(n, "hits")
					}
				})
			})
		}
	}
}

// turnRig returns a chain with a breaker around a server, and its URL.
func turnRig(t *testing.T, limited bool, h http.HandlerFunc) (http.RoundTripper, string) {
	up := newUpstream(t, h)
	breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
	chain := layers(breaker.Check)
	if limited {
		chain = append(chain, transport.NewLimiter(6000, nil).Layer)
	}
	return transport.Chain(append(chain, breaker.Layer)...)(up), up.URL
}
