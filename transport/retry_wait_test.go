package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// TestRetryWaitsAsAsked: to the second, in both forms of the header, and also
// when the provider's clock is wrong.
func TestRetryWaitsAsAsked(t *testing.T) {
	for name, header := range map[string]func(h http.Header){
		"seconds": func(h http.Header) { h.Set("Retry-After", "37") },
		"date": func(h http.Header) {
			h.Set("Retry-After", time.Now().Add(37*time.Second).UTC().Format(http.TimeFormat))
		},
		"date of a wrong clock": func(h http.Header) {
			theirs := time.Now().Add(-3 * time.Hour).UTC()
			h.Set("Date", theirs.Format(http.TimeFormat))
			h.Set("Retry-After", theirs.Add(37*time.Second).Format(http.TimeFormat))
		},
	} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
						header(w.Header())
						w.WriteHeader(status)
					})
					time.Sleep(700 * time.Millisecond) // headers have whole seconds
					if got, err := get(t.Context(), transport.Retry(nil)(u), u.URL); got != status || err != nil {
						t.Errorf("got %d, %v", got, err)
					}
					starts := u.sent()
					for i := range starts[1:] {
						if gap := starts[i+1].Sub(starts[i]); gap != 37*time.Second {
							t.Errorf("attempt %d came after %v, want 37 s", i+2, gap)
						}
					}
					u.wantSent(4)
					u.wantNothingOpen()
				})
			})
		}
	}
}

// TestRetryBackoff: the waits are below a bound that doubles, all over the
// range, and not the same for all.
func TestRetryBackoff(t *testing.T) {
	const runs = 200
	bounds := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second}
	synctest.Test(t, func(t *testing.T) {
		waits := make([][]time.Duration, len(bounds))
		rt := transport.Retry(&transport.RetryOptions{Attempts: 6, Backoff: time.Second, MaxWait: 5 * time.Second})
		for range runs {
			base := &answering{err: errNetwork}
			if _, err := get(t.Context(), rt(base), "http://provider.test/"); !errors.Is(err, errNetwork) {
				t.Fatal(err)
			}
			for i := range bounds {
				waits[i] = append(waits[i], base.starts[i+1].Sub(base.starts[i]))
			}
		}
		for i, bound := range bounds {
			var parts [4]int
			for _, w := range waits[i] {
				if w < 0 || w >= bound {
					t.Fatalf("wait %d was %v, want less than %v", i+1, w, bound)
				}
				parts[w*4/bound]++
			}
			for part, n := range parts {
				if n < runs/4/2 { // 25 of 50 expected: more than 4 standard deviations
					t.Errorf("wait %d: %d of %d in quarter %d of the range to %v, want about a fourth", i+1, n, runs, part+1, bound)
				}
			}
		}
	})
}

// TestRetryDoesNotWaitInVain: what would come too late is not waited for.
func TestRetryDoesNotWaitInVain(t *testing.T) {
	tests := []struct {
		name     string
		base     answering
		deadline time.Duration
		canceled bool // before the answer came
		o        transport.RetryOptions
		want     int
		took     time.Duration
	}{
		{
			name:     "Retry-After beyond the deadline",
			base:     answering{status: 429, header: http.Header{"Retry-After": {"10"}}},
			deadline: 10 * time.Second, want: 1,
		},
		{
			name:     "Retry-After within the deadline, once",
			base:     answering{status: 429, header: http.Header{"Retry-After": {"10"}}},
			deadline: 19 * time.Second, want: 2, took: 10 * time.Second,
		},
		{
			name: "Retry-After beyond MaxWait",
			base: answering{status: 503, header: http.Header{"Retry-After": {"61"}}},
			want: 1,
		},
		{
			name: "Retry-After of MaxWait",
			base: answering{status: 503, header: http.Header{"Retry-After": {"60"}}},
			want: 4, took: 3 * time.Minute,
		},
		{
			name: "Retry-After of years",
			base: answering{status: 503, header: http.Header{"Retry-After": {"99999999999999999999"}}},
			o:    transport.RetryOptions{MaxWait: time.Hour}, want: 1,
		},
		{
			name:     "the deadline has passed",
			base:     answering{status: 503},
			deadline: -time.Second, want: 1,
		},
		{name: "the caller has given up", base: answering{status: 503}, canceled: true, want: 1},
		{name: "one attempt", base: answering{status: 503}, o: transport.RetryOptions{Attempts: 1}, want: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.deadline != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				if tt.canceled {
					var cancel context.CancelFunc
					ctx, cancel = context.WithCancel(ctx)
					cancel()
				}
				start := time.Now()
				status, err := get(ctx, transport.Retry(&tt.o)(&tt.base), "http://provider.test/")
				if status != tt.base.status || err != nil {
					t.Errorf("got %d, %v, want the provider's %d", status, err, tt.base.status)
				}
				if took := time.Since(start); len(tt.base.starts) != tt.want || took != tt.took {
					t.Errorf("%d attempts in %v, want %d in %v", len(tt.base.starts), took, tt.want, tt.took)
				}
			})
		})
	}
}

// TestRetryDeadlineWhileTheProviderHangs: the caller has its answer when its
// deadline passes, and nothing is sent after that.
func TestRetryDeadlineWhileTheProviderHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := get(ctx, transport.Retry(nil)(u), u.URL); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the deadline's", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("returned after %v, want 3 s", took)
		}
		time.Sleep(time.Hour)
		u.wantSent(1)
		u.wantNothingOpen()
	})
}

// TestRetryCancelledWhileWaiting returns at once, and closes the body that it
// had at hand for the next attempt.
func TestRetryCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(503)
			_, _ = io.WriteString(w, strings.Repeat("busy ", 1000))
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		bodies := &requestBodies{text: "x"}
		start := time.Now()
		resp, err := transport.Retry(nil)(u).RoundTrip(bodies.request(t, ctx, "PUT", u.URL))
		if !errors.Is(err, context.Canceled) || resp != nil {
			t.Errorf("got %v, %v, want the context's error", resp, err)
		}
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("returned after %v, want 4 s", took)
		}
		bodies.wantClosed(t, 2)
		u.wantSent(1)
		u.wantNothingOpen()
	})
}
