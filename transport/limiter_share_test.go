package transport_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// A quotaServer allows 100 requests in each minute of the clock.
type quotaServer struct {
	mu      sync.Mutex
	minute  time.Time
	used    int
	refused int
}

func (s *quotaServer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	if minute := time.Now().Truncate(time.Minute); minute != s.minute {
		s.minute, s.used = minute, 0
	}
	reset := s.minute.Add(time.Minute)
	s.used++
	w.Header().Set("X-RateLimit-Limit", "100")
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(100-s.used, 0)))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	if s.used > 100 {
		s.refused++
		w.Header().Set("Retry-After", strconv.Itoa(int(time.Until(reset)/time.Second)+1))
		w.WriteHeader(429)
	}
}

// TestLimiterIdle: a client that was idle does not wait, and what it then sends
// is answered as soon as the provider answers.
func TestLimiterIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, new(quotaServer).ServeHTTP)
		rt := transport.NewLimiter(90, nil).Layer(up)
		for range 10 {
			time.Sleep(time.Hour)
			var mu sync.Mutex
			var took []time.Duration
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					start := time.Now()
					_, err := get(t.Context(), rt, up.URL)
					mu.Lock()
					defer mu.Unlock()
					if took = append(took, time.Since(start)); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			slices.Sort(took)
			p50, p95 := took[9], took[18]
			t.Logf("p50 %v, p95 %v", p50, p95)
			if p95 > 500*time.Millisecond {
				t.Errorf("20 calls after an idle hour: p50 %v, p95 %v", p50, p95)
			}
		}
	})
}

// TestLimiterSharesTheQuota: clients with one token heed what the provider says
// is left, and so get no 429 though each alone may send 90 a minute, also when
// answers come late and out of order. Many callers that start, and are answered,
// in the same instant as the limit is new get hardly one.
func TestLimiterSharesTheQuota(t *testing.T) {
	for _, tt := range []struct {
		callers int
		latency time.Duration
		least   int // in 10 minutes
		refused int // of them, at most
	}{{1, 0, 800, 0}, {5, 0, 800, 0}, {40, 400 * time.Millisecond, 700, 0}, {60, 0, 800, 15}} {
		synctest.Test(t, func(t *testing.T) {
			server := new(quotaServer)
			var late atomic.Int64
			up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				n := late.Add(1)
				time.Sleep(tt.latency * time.Duration(n%7) / 7) // on the way there
				server.ServeHTTP(w, r)
				time.Sleep(tt.latency * time.Duration(n%5) / 5) // and back
			})
			up.pipes.MaxIdleConnsPerHost = 200
			var wg sync.WaitGroup
			for range 2 {
				rt := transport.NewLimiter(90, nil).Layer(up)
				_, _ = get(t.Context(), rt, up.URL) // the first answer
				wg.Go(func() {
					crowd(t, tt.callers, 10*time.Minute, func(ctx context.Context) { _, _ = get(ctx, rt, up.URL) })
				})
			}
			wg.Wait()
			t.Logf("%+v: %d sent, %d of them refused", tt, len(up.sent()), server.refused)
			if server.refused > tt.refused {
				t.Errorf("%+v: %d of %d were answered 429", tt, server.refused, len(up.sent()))
			}
			if n := len(up.sent()); n < tt.least {
				t.Errorf("%+v: %d were sent in 10 minutes, want %d", tt, n, tt.least)
			}
		})
	}
}

// TestLimiterShareIsQuick: a share that is used up until the next answer comes is
// no reason to refuse a caller that has little time, as the answer may come at
// once.
func TestLimiterShareIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, new(quotaServer).ServeHTTP)
		rt := transport.NewLimiter(90, nil).Layer(up)
		_, _ = get(t.Context(), rt, up.URL)
		var wg sync.WaitGroup
		for range 80 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				if _, err := get(ctx, rt, up.URL); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// And one with time, but for a share that is used up for good, is.
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for range 20 {
			_, _ = get(ctx, rt, up.URL)
		}
		start := time.Now()
		if _, err := get(ctx, rt, up.URL); !errors.Is(err, transport.ErrLocalLimit) || time.Since(start) != 0 {
			t.Errorf("%v after %v, want ErrLocalLimit at once", err, time.Since(start))
		}
	})
}

// TestLimiterAfterPause: those who have waited for a pause to end do not start
// together, though the limit would allow it.
func TestLimiterAfterPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/limited" {
				w.Header().Set("Retry-After", "10")
				w.WriteHeader(429)
			}
		})
		rt := transport.NewLimiter(90, nil).Layer(up)
		_, _ = get(t.Context(), rt, up.URL+"/limited")
		opened := time.Now().Add(10 * time.Second)
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() { _, _ = get(t.Context(), rt, up.URL) })
		}
		wg.Wait()
		together, soon := 0, 0
		for _, at := range up.sent()[1:] {
			if at.Equal(opened) {
				together++
			}
			if at.Sub(opened) <= 10*time.Second {
				soon++
			}
		}
		if together != 5 || soon < 15 || soon > 20 {
			t.Errorf("%d started when the pause ended, and %d within 10 s of it, want 5 and some 19", together, soon)
		}
	})
}

// TestLimiterHeedsRemaining: who has nothing left waits for the reset, and no
// longer than MaxPause.
func TestLimiterHeedsRemaining(t *testing.T) {
	for _, tt := range []struct {
		name, remaining, reset string
		want                   time.Duration
	}{
		{"nothing left", "0", "40", 40 * time.Second},
		{"one left, which another client may take", "1", "40", 40 * time.Second},
		{"enough left", "2", "40", 0},
		{"no reset", "0", "", 61 * time.Second},
		{"a reset that is past", "0", "0", 0},
		{"a reset that is far away", "0", "9999999999", 80 * time.Second},
		{"nothing said", "", "40", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-RateLimit-Remaining", tt.remaining)
					w.Header().Set("X-RateLimit-Reset", tt.reset)
				})
				rt := transport.NewLimiter(90, &transport.LimiterOptions{MaxPause: 80 * time.Second}).Layer(up)
				_, _ = get(t.Context(), rt, up.URL)
				start := time.Now()
				_, err := get(t.Context(), rt, up.URL)
				if got := time.Since(start); err != nil || got != tt.want {
					t.Errorf("%v after %v, want it to be sent after %v", err, got, tt.want)
				}
			})
		})
	}
}

// TestLimiterMaxPause: no header silences the client for longer than the
// setting, and a person can end that too.
func TestLimiterMaxPause(t *testing.T) {
	for _, resume := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/limited" {
					w.Header().Set("Retry-After", "99999999")
					w.Header().Set("X-RateLimit-Remaining", "0")
					w.Header().Set("X-RateLimit-Reset", "9999999999")
					w.WriteHeader(429)
				}
			})
			limiter := transport.NewLimiter(90, &transport.LimiterOptions{MaxWait: 10 * time.Minute})
			rt := limiter.Layer(up)
			_, _ = get(t.Context(), rt, up.URL+"/limited")
			start, want := time.Now(), 5*time.Minute
			if resume {
				want = time.Minute
				time.AfterFunc(want, limiter.Resume)
			}
			_, err := get(t.Context(), rt, up.URL)
			if got := time.Since(start); err != nil || got != want {
				t.Errorf("%v after %v, want an answer after %v", err, got, want)
			}
		})
	}
}
