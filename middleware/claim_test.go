package middleware_test

import (
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestWait is about a delivery that arrives while another attempt at it is
// running: it waits for that one's end, and not a moment longer.
func TestWait(t *testing.T) {
	tests := []struct {
		name   string
		runs   time.Duration // of the first attempt
		fails  bool
		status int
		body   string
		after  time.Duration // how long the second waits
	}{
		{"done", 2 * time.Second, false, 200, duplicate, 1 * time.Second},
		{"released", 2 * time.Second, true, 200, received, 1 * time.Second},
		{"too long", 10 * time.Second, false, 503, "Try again later", middleware.DefaultWait},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
					if calls.Add(1) > 1 {
						return
					}
					time.Sleep(tt.runs)
					if tt.fails {
						w.WriteHeader(500)
					}
				}, middleware.OnceOptions{})
				srv, ev := hooktest.NewServer(t, rig.h), created()
				go do(srv.Client(), rig.request(srv.URL, ev))
				time.Sleep(time.Second)
				start := time.Now()
				second := do(srv.Client(), rig.request(srv.URL, ev))
				second.want(t, tt.status, tt.body)
				if took := time.Since(start); took != tt.after {
					t.Errorf("answered after %v, want %v", took, tt.after)
				}
				if tt.status == 503 {
					s, err := strconv.Atoi(second.header.Get("Retry-After"))
					if err != nil || s < 1 || s > 15 {
						t.Errorf("Retry-After %q, want 1 to 15 seconds", second.header.Get("Retry-After"))
					}
				}
				time.Sleep(time.Minute) // the first comes to its end
			})
		})
	}
}

// TestWaitAcrossReplicas: the end of an attempt in another process is noticed
// by polling.
func TestWaitAcrossReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(2 * time.Second) }, middleware.OnceOptions{})
		other := rig.replica(t, func(http.ResponseWriter, *http.Request) { t.Error("took effect twice") })
		srv, srv2, ev := hooktest.NewServer(t, rig.h), hooktest.NewServer(t, other), created()
		go do(srv.Client(), rig.request(srv.URL, ev))
		time.Sleep(time.Second)
		start := time.Now()
		do(srv2.Client(), rig.request(srv2.URL, ev)).want(t, 200, duplicate)
		if took := time.Since(start); took < time.Second || took > 2*time.Second {
			t.Errorf("answered after %v, want 1 s and less than a poll more", took)
		}
	})
}

// TestLeaseIsExtended: a handler may run longer than the lease, and nobody
// takes over.
func TestLeaseIsExtended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(52 * time.Second) }, middleware.OnceOptions{})
		srv, ev := hooktest.NewServer(t, rig.h), created()
		first := make(chan answer, 1)
		go func() { first <- do(srv.Client(), rig.request(srv.URL, ev)) }()
		time.Sleep(40 * time.Second)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		(<-first).want(t, 200, received)
		if got := rig.faults.Calls(hooktest.Extend); got != 10 {
			t.Errorf("the lease was extended %d times in 52 s, want 10: every 5 s", got)
		}
	})
}

// TestLeaseLost: when somebody else has taken over, the handler is told, and
// its late success is none.
func TestLeaseLost(t *testing.T) {
	tests := []struct {
		name  string
		fault hooktest.Fault
		after time.Duration // when the handler is told
	}{
		{"taken over", hooktest.Fault{Err: idempotency.ErrLost}, 5 * time.Second},
		{"store away", hooktest.Fault{Err: errors.New("away")}, 15 * time.Second},
		{"store hangs", hooktest.Fault{Delay: time.Hour}, 15 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told time.Duration
				start := time.Now()
				rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
					<-r.Context().Done()
					told = time.Since(start)
					if cause := contextCause(r); !errors.Is(cause, idempotency.ErrLost) {
						t.Errorf("the context's cause is %v, want ErrLost", cause)
					}
					w.WriteHeader(200) // does not care
				}, middleware.OnceOptions{})
				srv := hooktest.NewServer(t, rig.h)
				rig.faults.Set(tt.fault, hooktest.Extend)
				rig.faults.Set(hooktest.Fault{Err: idempotency.ErrLost}, hooktest.Complete)
				do(srv.Client(), rig.request(srv.URL, created())).want(t, 503, "Try again later")
				if told < tt.after-time.Second || told > tt.after+2*time.Second {
					t.Errorf("the handler was told after %v, want %v", told, tt.after)
				}
				rig.wantResults(middleware.Lost)
			})
		})
	}
}

// TestHandlerDeadline: an expired deadline that ended a silent handler is no
// success; a written success is one.
func TestHandlerDeadline(t *testing.T) {
	for _, tt := range []struct {
		name   string
		h      http.HandlerFunc
		status int
		body   string
	}{
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 500, "Internal server error"},
		{"explicit", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done(); w.WriteHeader(200) }, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := newRig(t, tt.h, middleware.OnceOptions{})
				srv, start := hooktest.NewServer(t, rig.h), time.Now()
				do(srv.Client(), rig.request(srv.URL, created())).want(t, tt.status, tt.body)
				if took := time.Since(start); took != middleware.DefaultHandlerTimeout {
					t.Errorf("the handler was ended after %v, want %v", took, middleware.DefaultHandlerTimeout)
				}
			})
		})
	}
}

// TestOuterDeadline: a deadline that an outer layer sets holds for the handler,
// although the sender's hanging up does not.
func TestOuterDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, middleware.OnceOptions{})
		srv, start := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := contextWithTimeout(r, 3*time.Second)
			defer cancel()
			rig.h.ServeHTTP(w, r.WithContext(ctx))
		})), time.Now()
		do(srv.Client(), rig.request(srv.URL, created())).want(t, 500, "Internal server error")
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the handler was ended after %v, want 3 s", took)
		}
		rig.wantResults(middleware.Failed)
	})
}

// TestDisconnect: a sender that hangs up does not stop the handler, whose
// success counts.
func TestDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			if err := r.Context().Err(); err != nil {
				t.Errorf("the handler's context ended: %v", err)
			}
		}, middleware.OnceOptions{})
		srv, ev := hooktest.NewServer(t, rig.h), created()
		ctx, cancel := contextWithTimeout(nil, time.Second)
		defer cancel()
		if a := do(srv.Client(), rig.request(srv.URL, ev).WithContext(ctx)); a.err == nil {
			t.Fatal("the sender did not hang up")
		}
		time.Sleep(3 * time.Second)
		rig.wantResults(middleware.Completed)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
	})
}
