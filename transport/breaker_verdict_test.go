package transport_test

import (
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

	"github.com/hooklatch/hooklatch/transport"
)

// TestBreakerVerdicts: what counts as a failure, what as a success, and what as
// neither.
func TestBreakerVerdicts(t *testing.T) {
	status := func(code int) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: code, Header: http.Header{}, Body: http.NoBody}, nil
		}
	}
	fails := func(err error) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("wrapped: %w", err) }
	}
	waits := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	const failure, success, neutral = "failure", "success", "neutral"
	tests := []struct {
		name string
		end  func(*http.Request) (*http.Response, error)
		want string
	}{
		{"200", status(200), success},
		{"404", status(404), success},
		{"401", status(401), success},
		{"429", status(429), success},
		{"499", status(499), success},
		{"500", status(500), failure},
		{"501", status(501), success},
		{"503", status(503), failure},
		{"network", fails(errRefused), failure},
		{"time-out", fails(transport.ErrTimeout), failure},
		{"time-out, and the caller's deadline", func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, transport.ErrTimeout
		}, failure},
		{"another's context", fails(context.Canceled), failure},
		{"too large", fails(transport.ErrTooLarge), neutral},
		{"no token", fails(transport.ErrNoToken), neutral},
		{"another limit", fails(transport.ErrLocalLimit), neutral},
		{"another circuit", fails(transport.ErrCircuitOpen), neutral},
		{"the caller's deadline", waits, neutral},
		{"panic", func(*http.Request) (*http.Response, error) { panic("whoops") }, neutral},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
				end := tt.end
				rt := transport.Chain(breaker.Check, breaker.Layer)(
					transport.Func(func(r *http.Request) (*http.Response, error) { return end(r) }))
				call := func() error {
					defer func() { _ = recover() }()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					_, err := get(ctx, rt, "http://hooktest.test/")
					return err
				}
				open := func() bool { return errors.Is(call(), transport.ErrCircuitOpen) }
				repeat := func(n int, with func(*http.Request) (*http.Response, error)) {
					end = with
					for range n {
						_ = call()
					}
				}
				// After 4 failures a success begins anew, a failure is
				// the fifth, and what is neither changes nothing.
				repeat(4, status(500))
				repeat(1, tt.end)
				repeat(1, status(500))
				end = status(200)
				got := open()
				if want := tt.want != success; got != want {
					t.Errorf("after 4 failures, this and another: open %v, want %v", got, want)
				}
				// As a probe a success closes the circuit, a failure
				// opens it, and after neither another may try.
				repeat(5, status(500))
				time.Sleep(transport.DefaultOpenFor + 1)
				repeat(1, tt.end)
				end = status(200)
				if got, want := open(), tt.want == failure; got != want {
					t.Errorf("after it as a probe: open %v, want %v", got, want)
				}
				time.Sleep(transport.DefaultOpenFor + 1)
				if err := call(); err != nil {
					t.Errorf("in the end: %v", err)
				}
			})
		})
	}
}

// TestBreakerCallersGiveUp: callers who give up, in flight and as probe, leave
// no turn behind and say nothing of the provider.
func TestBreakerCallersGiveUp(t *testing.T) {
	for _, limited := range []bool{true, false} {
		t.Run(fmt.Sprint("limiter ", limited), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var hang atomic.Bool
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/dead" {
						w.WriteHeader(500)
					} else if hang.Load() {
						<-r.Context().Done()
					}
				})
				breaker := transport.NewBreaker(&transport.BreakerOptions{Logger: silent})
				chain := layers(breaker.Check)
				if limited {
					chain = append(chain, transport.NewLimiter(6000, nil).Layer)
				}
				rt := transport.Chain(append(chain, breaker.Layer, transport.AttemptTimeout(nil))...)(up)
				// The first ones are in flight; those who wait for
				// their turn give up before them.
				giveUp := func(n, first int) {
					hang.Store(true)
					defer hang.Store(false)
					var wg sync.WaitGroup
					for i := range n {
						patience := 2 * time.Second
						if i < first {
							patience = 3 * time.Second
						}
						wg.Go(func() {
							ctx, cancel := context.WithCancel(t.Context())
							want := context.Canceled
							if i%2 == 0 {
								ctx, cancel = context.WithTimeout(t.Context(), patience)
								want = context.DeadlineExceeded
								if i >= first {
									want = transport.ErrLocalLimit // not sent
								}
							} else {
								time.AfterFunc(patience, cancel)
							}
							defer cancel()
							if _, err := get(ctx, rt, up.URL); !errors.Is(err, want) {
								t.Errorf("%v, want %v", err, want)
							}
						})
						synctest.Wait()
					}
					wg.Wait()
				}
				giveUp(40, 5)
				up.wantSent(5)
				for range 5 {
					if status, err := get(t.Context(), rt, up.URL); status != 200 {
						t.Fatalf("after 40 gave up: %d %v", status, err)
					}
				}
				for range 5 {
					_, _ = get(t.Context(), rt, up.URL+"/dead")
				}
				time.Sleep(transport.DefaultOpenFor + 1)
				giveUp(3, 1)
				up.wantSent(16)
				if status, err := get(t.Context(), rt, up.URL); status != 200 {
					t.Errorf("after the probe's caller gave up: %d %v", status, err)
				}
				up.wantNothingOpen()
			})
		})
	}
}

// TestBreakerClasses: a class with a circuit of its own opens that one only, and
// the log says which; all others share one.
func TestBreakerClasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := map[string]bool{"analytics": true}
		base := transport.Func(func(r *http.Request) (*http.Response, error) {
			status := 200
			if down[transport.CallFrom(r.Context()).Class] {
				status = 500
			}
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody}, nil
		})
		var log lockedBuffer
		breaker := transport.NewBreaker(&transport.BreakerOptions{
			Classes: []string{"analytics", "profile"}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		rt := transport.Chain(breaker.Check, breaker.Layer)(base)
		call := func(class string) error {
			_, err := get(transport.WithCall(t.Context(), transport.Call{Class: class}), rt, "http://hooktest.test/")
			return err
		}
		for range 10 {
			_ = call("analytics")
		}
		if err := call("analytics"); !errors.Is(err, transport.ErrCircuitOpen) {
			t.Errorf("analytics: %v, want its circuit open", err)
		}
		for _, class := range []string{"profile", "links", ""} {
			if err := call(class); err != nil {
				t.Errorf("%q: %v, want it to be served", class, err)
			}
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "class=analytics") {
			t.Error("log:", text)
		}
		down["links"] = true
		for range 5 {
			_ = call("links")
		}
		for class, open := range map[string]bool{"profile": false, "links": true, "": true} {
			if err := call(class); errors.Is(err, transport.ErrCircuitOpen) != open {
				t.Errorf("%q: %v, want open %v", class, err, open)
			}
		}
	})
}
