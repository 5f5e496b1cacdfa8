package transport_test

import (
	"cmp"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// TestLimiterMaxWait: no request waits for longer than MaxWait, be it for a 429 or
// for tokens, and who would have to is told so at once.
func TestLimiterMaxWait(t *testing.T) {
	tests := []struct {
		name    string
		maxWait time.Duration // zero is a minute
		asked   string        // Retry-After of a 429
		ahead   int           // who waits already, at one a second
		refused bool
	}{
		{name: "a 429 for as long", asked: "60"},
		{name: "a 429 for longer", asked: "61", refused: true},
		{name: "a 429 for hours", asked: "21600", refused: true},
		{name: "a longer MaxWait", maxWait: 6 * time.Hour, asked: "21600"},
		{name: "tokens in time", ahead: 59},
		{name: "tokens later", ahead: 60, refused: true},
		{name: "both in time", asked: "30", ahead: 30},
		{name: "both later", asked: "30", ahead: 31, refused: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/limited" {
						w.Header().Set("Retry-After", tt.asked)
						w.WriteHeader(429)
					}
				})
				rt := transport.NewLimiter(61, &transport.LimiterOptions{
					Burst: 1, MaxWait: cmp.Or(tt.maxWait, time.Minute), MaxPause: 24 * time.Hour,
				}).Layer(up)
				if tt.asked != "" {
					_, _ = get(t.Context(), rt, up.URL+"/limited")
				} else {
					_, _ = get(t.Context(), rt, up.URL)
				}
				start := time.Now()
				var wg sync.WaitGroup
				for range tt.ahead {
					wg.Go(func() { _, _ = get(t.Context(), rt, up.URL) })
				}
				synctest.Wait()
				_, err := get(t.Context(), rt, up.URL)
				took := time.Since(start)
				var refused *transport.RefusedError
				switch {
				case !tt.refused && (err != nil || took == 0):
					t.Errorf("%v after %v, want an answer in the end", err, took)
				case tt.refused && (!errors.Is(err, transport.ErrLocalLimit) || took != 0):
					t.Errorf("%v after %v, want ErrLocalLimit at once", err, took)
				case tt.refused && (!errors.As(err, &refused) || refused.RetryAfter <= time.Minute):
					t.Errorf("%v, want to be told to come again after more than a minute", err)
				}
				wg.Wait()
			})
		})
	}
}

// TestLimiterMaxWaitWhileWaiting: who has waited already is refused as soon as
// another 429 makes the wait too long.
func TestLimiterMaxWaitWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				time.Sleep(20 * time.Second)
				w.Header().Set("Retry-After", "50")
				w.WriteHeader(429)
			}
		})
		rt := transport.NewLimiter(3, &transport.LimiterOptions{Burst: 1, MaxWait: time.Minute}).Layer(up)
		go func() { _, _ = get(t.Context(), rt, up.URL+"/limited") }()
		synctest.Wait()
		start := time.Now()
		_, err := get(t.Context(), rt, up.URL+"/") // could start after 30 s, but not 70
		if took := time.Since(start); !errors.Is(err, transport.ErrLocalLimit) || took != 20*time.Second {
			t.Errorf("%v after %v, want ErrLocalLimit when the 429 came", err, took)
		}
	})
}
