package transport_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// TestLimiterDeadline: who can't start in time is told so at once, and how
// long it would have had to wait; and that to the nanosecond.
func TestLimiterDeadline(t *testing.T) {
	opts := transport.LimiterOptions{Burst: 5, Classes: map[string]int{"slow": 1}, MaxWait: time.Hour}
	tests := []struct {
		name    string
		class   string
		waiting map[string]int // who waits already, by class
		shut    bool           // by a 429 for 10 s
	}{
		{name: "none before"},
		{name: "others before", waiting: map[string]int{"": 12}},
		{name: "shut", shut: true},
		{name: "shut, others before", shut: true, waiting: map[string]int{"": 12}},
		{name: "a class", class: "slow", waiting: map[string]int{"": 3}},
		{name: "others of the class", class: "slow", waiting: map[string]int{"": 3, "slow": 4}},
		{name: "past others of a class", waiting: map[string]int{"slow": 20}},
		{name: "all kinds before", waiting: map[string]int{"": 7, "slow": 20}},
	}
	for _, tt := range tests {
		for _, more := range []time.Duration{0, 1} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
						if r.URL.Path == "/shut" {
							w.Header().Set("Retry-After", "10")
							w.WriteHeader(429)
						}
					})
					rt := transport.NewLimiter(90, &opts).Layer(up)
					in := func(class string) context.Context {
						return transport.WithCall(t.Context(), transport.Call{Class: class})
					}
					_, _ = get(in("slow"), rt, up.URL) // has no token left now
					for range 4 {
						_, _ = get(in(""), rt, up.URL+map[bool]string{true: "/shut"}[tt.shut])
						if tt.shut {
							time.Sleep(10 * time.Second)
						}
					}
					if tt.shut {
						_, _ = get(in(""), rt, up.URL+"/shut")
					}
					var wg sync.WaitGroup
					for class, n := range tt.waiting {
						for range n {
							wg.Go(func() { _, _ = get(in(class), rt, up.URL) })
						}
					}
					synctest.Wait()

					ctx, cancel := context.WithTimeout(in(tt.class), time.Nanosecond)
					defer cancel()
					start := time.Now()
					_, err := get(ctx, rt, up.URL)
					var refused *transport.RefusedError
					if !errors.As(err, &refused) || !errors.Is(err, transport.ErrLocalLimit) || time.Since(start) != 0 {
						t.Fatalf("%v after %v, want ErrLocalLimit at once", err, time.Since(start))
					}
					ctx, cancel = context.WithTimeout(in(tt.class), refused.RetryAfter+more)
					defer cancel()
					_, err = get(ctx, rt, up.URL)
					if more == 0 && (!errors.Is(err, transport.ErrLocalLimit) || time.Since(start) != 0) {
						t.Errorf("%v after %v, want ErrLocalLimit at once", err, time.Since(start))
					}
					if sent := up.sent(); more > 0 && sent[len(sent)-1].Sub(start) != refused.RetryAfter {
						t.Errorf("sent after %v, want %v as was said", sent[len(sent)-1].Sub(start), refused.RetryAfter)
					}
					t.Log(refused)
					wg.Wait()
				})
			})
		}
	}
}

// TestLimiterSpendsNothing: a request that was refused, or whose caller gave
// up, makes no other wait longer.
func TestLimiterSpendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		when := func(disturb bool) []time.Duration {
			up := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
			rt := transport.NewLimiter(90, &transport.LimiterOptions{Burst: 5}).Layer(up)
			start := time.Now()
			var wg sync.WaitGroup
			for range 12 {
				wg.Go(func() { _, _ = get(t.Context(), rt, up.URL) })
			}
			if disturb {
				synctest.Wait()
				for range 50 {
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), time.Second)
						defer cancel()
						if _, err := get(ctx, rt, up.URL); !errors.Is(err, transport.ErrLocalLimit) {
							t.Errorf("%v, want ErrLocalLimit", err)
						}
					})
					wg.Go(func() {
						ctx, cancel := context.WithCancel(t.Context())
						time.AfterFunc(100*time.Millisecond, cancel)
						if _, err := get(ctx, rt, up.URL); err != context.Canceled {
							t.Errorf("%v, want that the caller gave up", err)
						}
					})
				}
			}
			time.Sleep(200 * time.Millisecond)
			_, _ = get(t.Context(), rt, up.URL)
			wg.Wait()
			up.wantNothingOpen()
			var at []time.Duration
			for _, s := range up.sent() {
				at = append(at, s.Sub(start))
			}
			return at
		}
		undisturbed := when(false)
		if diff := cmp.Diff(undisturbed, when(true)); diff != "" {
			t.Error("when requests were sent (-undisturbed +disturbed):\n", diff)
		}
	})
}
