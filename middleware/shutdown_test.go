package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestCompletionFails: the handler has succeeded, and the store can't be told. The
// sender must not see a success, and the completion is tried again.
func TestCompletionFails(t *testing.T) {
	tests := []struct {
		name   string
		fault  hooktest.Fault
		retry  string // the answer to the retry after 20 s
		calls  int64
		result middleware.Result
	}{
		{"for a moment", hooktest.Fault{Err: errDown, Times: 3}, duplicate, 1, middleware.CompletedLate},
		{"hanging for a moment", hooktest.Fault{Delay: time.Hour, Times: 3}, duplicate, 1, middleware.CompletedLate},
		{"answer lost", hooktest.Fault{Err: errDown, After: true, Times: 1}, duplicate, 1, middleware.CompletedLate},
		{"longer than the lease", hooktest.Fault{Err: errDown, Times: 22}, duplicate, 1, middleware.CompletedLate},
		{"panics for a moment", hooktest.Fault{Err: errPanic, Times: 3}, duplicate, 1, middleware.CompletedLate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				rig := newRig(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) }, middleware.OnceOptions{})
				rig.faults.Set(tt.fault, hooktest.Complete)
				srv, ev := hooktest.NewServer(t, rig.h), created()
				do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
				time.Sleep(20 * time.Second)
				rig.wantResults(middleware.Unavailable, tt.result)
				rig.faults.Set(hooktest.Fault{}, hooktest.Complete)
				do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, tt.retry)
				if calls.Load() != tt.calls {
					t.Errorf("handler ran %d times, want %d", calls.Load(), tt.calls)
				}
			})
		})
	}
}

// TestLateCompletionIsLight: a late completion does not keep the body in memory.
func TestLateCompletionIsLight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var body weak.Pointer[byte]
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			d, _ := hooklatch.FromContext(r.Context())
			body = weak.Make(&d.Body[0])
		}, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Complete)
		srv, ev := hooktest.NewServer(t, rig.h), hooktest.NewEvent("link.created", strings.Repeat("x", 10_000))
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		srv.Client().CloseIdleConnections()
		time.Sleep(time.Minute)
		rig.outcomes = nil
		runtime.GC()
		if body.Value() != nil {
			t.Error("the body is kept")
		}
		rig.faults.Set(hooktest.Fault{}, hooktest.Complete)
		time.Sleep(time.Minute)
		rig.wantResults(middleware.CompletedLate)
	})
}

// TestCompletionAbandoned: another process has taken over after the lease, or
// the store was away for too long.
func TestCompletionAbandoned(t *testing.T) {
	for _, taken := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
			other := rig.replica(t, func(http.ResponseWriter, *http.Request) {})
			rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Complete, hooktest.Extend)
			srv, ev := hooktest.NewServer(t, rig.h), created()
			do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
			if taken {
				time.Sleep(20*time.Second + 10*time.Millisecond)
				rig.faults.Set(hooktest.Fault{}, hooktest.Complete)
				w := httptest.NewRecorder()
				other.ServeHTTP(w, rig.request("/", ev))
				if w.Code != 200 || w.Body.String() != received {
					t.Errorf("the other process answered %d %q", w.Code, w.Body)
				}
				time.Sleep(2 * time.Second)
				rig.wantResults(middleware.Unavailable, middleware.Abandoned)
			} else {
				time.Sleep(6 * time.Minute)
				rig.wantResults(middleware.Unavailable, middleware.Abandoned)
			}
		})
	}
}

// TestCompletionIsKept: until a late completion ends, no attempt is granted the
// claim. Other processes find the lease extended. Where not even that works, this
// process does not take over its own delivery.
func TestCompletionIsKept(t *testing.T) {
	for _, tt := range []struct {
		name    string
		lease   time.Duration
		methods []hooktest.Method // that fail
		others  bool              // other processes reach the store as well
	}{
		{"completion", 15 * time.Second, []hooktest.Method{hooktest.Complete}, true},
		{"completion, short lease", time.Second, []hooktest.Method{hooktest.Complete}, true},
		{"all but claims", 15 * time.Second, []hooktest.Method{hooktest.Complete, hooktest.Extend, hooktest.Release}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				rig := newRig(t, func(http.ResponseWriter, *http.Request) { calls++ }, middleware.OnceOptions{Lease: tt.lease})
				other := rig.replica(t, func(http.ResponseWriter, *http.Request) { t.Error("took effect in another process") })
				rig.faults.Set(hooktest.Fault{Err: errDown}, tt.methods...)
				ev := created()
				rig.post(ev).want(t, 503, "Try again later")
				for range 10 {
					time.Sleep(7 * time.Second)
					a := rig.post(ev)
					a.want(t, 503, "Try again later")
					if s, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || s < 1 || s > 15 {
						t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
					}
					if tt.others {
						serveDirectly(other, rig.request("/", ev)).want(t, 503, "Try again later")
					}
				}
				rig.faults.Set(hooktest.Fault{}, tt.methods...)
				time.Sleep(2 * time.Second)
				rig.post(ev).want(t, 200, duplicate)
				serveDirectly(other, rig.request("/", ev)).want(t, 200, duplicate)
				if calls != 1 {
					t.Errorf("the handler ran %d times", calls)
				}
			})
		})
	}
}

// TestCompletionIsKnownAtOnce: a slow observer leaves no moment in which this
// process could take over its own delivery.
func TestCompletionIsKnownAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		rig := newRigFor(t, func(http.ResponseWriter, *http.Request) { calls++ }, middleware.OnceOptions{}, middleware.EndpointOptions{
			Observe: func(_ context.Context, out middleware.Outcome) {
				if out.Result == middleware.Unavailable {
					time.Sleep(30 * time.Second)
				}
			},
		})
		rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Complete, hooktest.Extend)
		ev := created()
		first := make(chan answer)
		go func() { first <- rig.post(ev) }()
		time.Sleep(20 * time.Second)
		rig.post(ev).want(t, 503, "Try again later")
		(<-first).want(t, 503, "Try again later")
		rig.faults.Set(hooktest.Fault{}, hooktest.Complete, hooktest.Extend)
		time.Sleep(time.Minute)
		if calls != 1 {
			t.Errorf("the handler ran %d times", calls)
		}
	})
}

// TestCompletionAdoptsItsClaim: a store that answers slowly grants the claim
// again after its lease, to an attempt that asked before the handler ended. What
// took effect is then completed under the new fence.
func TestCompletionAdoptsItsClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		rig := newRig(t, nil, middleware.OnceOptions{})
		claims := 0
		rig.h = rig.ep.Receiver(rig.scheme, slowClaim{rig.store, func() {
			if claims++; claims == 2 {
				time.Sleep(20 * time.Second)
			}
		}}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			calls++
			time.Sleep(time.Second)
		}), nil)
		rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Complete, hooktest.Extend)
		ev := created()
		first := make(chan answer)
		go func() { first <- rig.post(ev) }()
		time.Sleep(500 * time.Millisecond)
		second := make(chan answer)
		go func() { second <- rig.post(ev) }()
		(<-first).want(t, 503, "Try again later")
		time.Sleep(20 * time.Second)
		rig.faults.Set(hooktest.Fault{}, hooktest.Complete, hooktest.Extend)
		(<-second).want(t, 200, duplicate)
		rig.wantResults(middleware.Unavailable, middleware.CompletedLate, middleware.Duplicate)
		if calls != 1 {
			t.Errorf("the handler ran %d times", calls)
		}
	})
}

// A slowClaim calls a function before each Claim.
type slowClaim struct {
	idempotency.Store
	before func()
}

func (s slowClaim) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	s.before()
	return s.Store.Claim(context.WithoutCancel(ctx), r)
}

// TestLateCompletionWakes: a delivery that waits for a claim learns of its late
// completion at once.
func TestLateCompletionWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
		var completed time.Time
		rig.store = completeHook{rig.store, func() { completed = time.Now() }}
		rig.h = rig.ep.Receiver(rig.scheme, rig.store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
		for range 20 {
			rig.faults.Set(hooktest.Fault{Err: errDown, Times: 4}, hooktest.Complete)
			ev := created()
			rig.post(ev).want(t, 503, "Try again later")
			rig.post(ev).want(t, 200, duplicate)
			if took := time.Since(completed); took != 0 {
				t.Fatalf("answered %v after the completion", took)
			}
		}
	})
}

// A completeHook calls a function when a claim has been completed.
type completeHook struct {
	idempotency.Store
	completed func()
}

func (s completeHook) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	err := s.Store.Complete(ctx, key, fence, retain)
	if err == nil {
		s.completed()
	}
	return err
}

// TestTooManyCompletions: their number is bounded, and a delivery beyond it is
// reported at once as one that will take effect again.
func TestTooManyCompletions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Complete)
		for range 1024 {
			rig.post(created())
		}
		rig.outcomes = nil
		rig.post(created()).want(t, 503, "Try again later")
		rig.wantResults(middleware.Unavailable, middleware.Abandoned)
		rig.outcomes = nil
		rig.faults.Set(hooktest.Fault{}, hooktest.Complete)
		time.Sleep(10 * time.Second)
		for _, result := range rig.results() {
			if result != middleware.CompletedLate {
				t.Errorf("outcome %q", result)
			}
		}
		if n := len(rig.results()); n != 1024 {
			t.Errorf("%d completions, want 1024", n)
		}
	})
}

// TestShutdown: the endpoint refuses new deliveries, waits for handlers and for
// completions, and says what it left behind.
func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(5 * time.Second) }, middleware.OnceOptions{})
		running, late := created(), created()
		rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Complete)
		first, second := make(chan answer, 1), make(chan answer, 1)
		go func() { first <- rig.post(late) }()
		time.Sleep(3 * time.Second)
		go func() { second <- rig.post(running) }()
		time.Sleep(3 * time.Second) // the first is to be completed late, the second runs on
		(<-first).want(t, 503, "Try again later")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err := rig.ep.Shutdown(ctx)
		var left *middleware.ShutdownError
		if !errors.As(err, &left) || left.Handlers != 1 || left.Completions != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown returned %v, want one handler and one completion", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("Shutdown returned after %v, want a second", took)
		}
		if text := left.Error(); !strings.Contains(text, "1 handlers running and 1 deliveries to be completed") {
			t.Errorf("the error says %q", text)
		}

		a := rig.post(created())
		a.want(t, 503, "Try again later")
		if a.header.Get("Retry-After") == "" || rig.last().Result != middleware.ShuttingDown {
			t.Errorf("outcome %q, Retry-After %q", rig.last().Result, a.header.Get("Retry-After"))
		}
		serveDirectly(rig.h, httptest.NewRequest(http.MethodHead, "/", nil)).want(t, 200, "")
		never := rig.request("/", created()) // whose body does not come: it is refused unread
		never.Body = io.NopCloser(&stalledBody{left: 1})
		serveDirectly(rig.h, never).want(t, 503, "Try again later")

		// The store is back after ten seconds. Both calls return then.
		time.AfterFunc(10*time.Second, func() { rig.faults.Set(hooktest.Fault{}, hooktest.Complete) })
		start = time.Now()
		again := make(chan error)
		go func() { again <- rig.ep.Shutdown(context.Background()) }()
		if err := errors.Join(rig.ep.Shutdown(context.Background()), <-again); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(start); took < 10*time.Second || took > 12*time.Second {
			t.Errorf("Shutdown returned after %v, want when the store is back", took)
		}
		(<-second).want(t, 503, "Try again later")

		// The store can be closed now.
		all := []hooktest.Method{hooktest.Claim, hooktest.Bind, hooktest.Extend, hooktest.Complete, hooktest.Release}
		rig.faults.Set(hooktest.Fault{Err: errDown}, all...)
		time.Sleep(time.Minute)
		rig.faults.Set(hooktest.Fault{}, all...)
		other := rig.replica(t, func(http.ResponseWriter, *http.Request) { t.Error("took effect twice") })
		for _, ev := range []hooktest.Event{running, late} {
			serveDirectly(other, rig.request("/", ev)).want(t, 200, duplicate)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := rig.ep.Shutdown(ended); err != nil {
			t.Errorf("Shutdown of an idle endpoint: %v", err)
		}
	})
}

// TestShutdownBetweenLayers: Once refuses a delivery that passed Capture before the
// endpoint was shut down.
func TestShutdownBetweenLayers(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	shutdown := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := rig.ep.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			next.ServeHTTP(w, r)
		})
	}
	h := middleware.Chain(rig.ep.Capture(0, nil), rig.ep.Verify(rig.scheme), shutdown, rig.ep.Once(rig.store, nil))(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }))
	serveDirectly(h, rig.request("/", created())).want(t, 503, "Try again later")
	rig.wantResults(middleware.ShuttingDown)
}

// TestShutdownCause: the error has the cause that the program gave.
func TestShutdownCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }, middleware.OnceOptions{})
		go rig.post(created())
		synctest.Wait()
		errKilled := errors.New("killed")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errKilled)
		if err := rig.ep.Shutdown(ctx); !errors.Is(err, errKilled) {
			t.Errorf("Shutdown returned %v, want the cause", err)
		}
		time.Sleep(time.Second)
	})
}

// TestEverythingIsGivenBack: the endpoint has nothing in hand afterwards, however
// deliveries end.
func TestEverythingIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var end http.HandlerFunc
		rig := newRig(t, func(w http.ResponseWriter, r *http.Request) { end(w, r) }, middleware.OnceOptions{})
		do := func(ev hooktest.Event) {
			done := make(chan struct{})
			go func() { // which the handler may exit
				defer close(done)
				defer func() { _ = recover() }() // as the server does
				rig.post(ev)
			}()
			<-done
		}
		for name, h := range map[string]http.HandlerFunc{
			"success": func(http.ResponseWriter, *http.Request) {},
			"failure": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
			"panic":   func(http.ResponseWriter, *http.Request) { panic("no") },
			"goexit":  func(http.ResponseWriter, *http.Request) { runtime.Goexit() },
			"slow":    func(http.ResponseWriter, *http.Request) { time.Sleep(7 * time.Second) },
		} {
			for _, m := range []hooktest.Method{"", hooktest.Claim, hooktest.Bind, hooktest.Extend, hooktest.Complete, hooktest.Release} {
				for _, err := range []error{errDown, errPanic, idempotency.ErrLost} {
					end = h
					if m != "" {
						rig.faults.Set(hooktest.Fault{Err: err, Times: 3}, m)
					}
					ev := created()
					do(ev)
					do(ev)
					if m != "" {
						rig.faults.Set(hooktest.Fault{}, m)
					}
					time.Sleep(20 * time.Second)
					claims, waiters := rig.ep.Waiting()
					if n := rig.ep.Completing(); claims != 0 || waiters != 0 || n != 0 {
						t.Fatalf("%s, %s fails: %d waiters for %d claims and %d completions are left", name, m, waiters, claims, n)
					}
				}
			}
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := rig.ep.Shutdown(ended); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}
