package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

var (
	errDown  = errors.New("the store is down")
	errPanic = errors.New("the store panics") // see newRig
)

// TestStoreDown: without the store nothing takes effect, and the sender comes
// again.
func TestStoreDown(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault hooktest.Fault
		of    hooktest.Method
		after time.Duration
	}{
		{"claim fails", hooktest.Fault{Err: errDown}, hooktest.Claim, 0},
		{"claim hangs", hooktest.Fault{Delay: time.Hour}, hooktest.Claim, middleware.DefaultStoreTimeout},
		{"bind fails", hooktest.Fault{Err: errDown}, hooktest.Bind, 0},
		{"bind hangs", hooktest.Fault{Delay: time.Hour}, hooktest.Bind, middleware.DefaultStoreTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				rig := newRig(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) }, middleware.OnceOptions{})
				rig.faults.Set(tt.fault, tt.of)
				srv, ev, start := hooktest.NewServer(t, rig.h), created(), time.Now()
				a := do(srv.Client(), rig.request(srv.URL, ev))
				a.want(t, 503, "Try again later")
				if a.header.Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
				if took := time.Since(start); took != tt.after || calls.Load() != 0 {
					t.Errorf("answered after %v with %d runs, want %v and none", took, calls.Load(), tt.after)
				}
				rig.faults.Set(hooktest.Fault{}, tt.of)
				do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, received)
			})
		})
	}
}

// TestClaimAnswerLost: the claim that was granted unheard runs out, and the
// retry after that takes effect.
func TestClaimAnswerLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) }, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown, After: true, Times: 1}, hooktest.Claim)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		time.Sleep(14 * time.Second)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, received)
		if calls.Load() != 1 {
			t.Errorf("handler ran %d times, want once", calls.Load())
		}
	})
}

// TestCompletionFails: the handler has succeeded and the store can't be told.
// The sender must not see a success, and the completion is tried on.
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

// TestLateCompletionIsLight: while a completion is tried on, the delivery's body
// is not kept.
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

// TestPanicsInTheBackground: outside of a request nobody recovers.
func TestPanicsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRigFor(t, func(http.ResponseWriter, *http.Request) { time.Sleep(7 * time.Second) }, middleware.OnceOptions{}, middleware.EndpointOptions{Observe: func(_ context.Context, o middleware.Outcome) {
			if o.Result == middleware.CompletedLate {
				panic("the observer's own")
			}
		}})
		rig.faults.Set(hooktest.Fault{Err: errPanic, Times: 1}, hooktest.Extend)
		rig.faults.Set(hooktest.Fault{Err: errDown, Times: 1}, hooktest.Complete)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		time.Sleep(time.Second)
		if !strings.Contains(rig.logged(), "the observer's own") {
			t.Errorf("the panic is not in the log:\n%s", rig.logged())
		}
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
	})
}

// TestOverdueHandler: one that ignores its context keeps its claim, and the
// log says so, once.
func TestOverdueHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(5 * time.Minute)
			w.WriteHeader(200)
		}, middleware.OnceOptions{})
		srv, ev := hooktest.NewServer(t, rig.h), created()
		first := make(chan answer, 1)
		go func() { first <- do(srv.Client(), rig.request(srv.URL, ev)) }()
		time.Sleep(4 * time.Minute)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		if n := strings.Count(rig.logged(), "webhook handler overdue"); n != 1 {
			t.Errorf("the log says %d times that the handler is overdue, want once:\n%s", n, rig.logged())
		}
		(<-first).want(t, 200, "")
	})
}

// TestReplayWindow: a captured request is of no use for as long as its
// signature holds, whatever the tolerance.
func TestReplayWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
		rig.scheme.Tolerance = time.Hour
		srv, ev := hooktest.NewServer(t, rig.h), created()
		ev.Time = time.Now().Add(59 * time.Minute) // the sender's clock is ahead
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, received)
		for range 7 {
			time.Sleep(17 * time.Minute)
			ev.ID += "x"
			do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
		}
		time.Sleep(time.Minute)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 403, "Invalid signature")
	})
}

// TestReleaseFails: the lease runs out instead.
func TestReleaseFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(500)
			}
		}, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown, Times: 1}, hooktest.Release)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 500, "")
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		time.Sleep(12 * time.Second)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, received)
	})
}

// TestReplay: a captured request under another id is a duplicate of the first,
// whichever came first.
func TestReplay(t *testing.T) {
	var calls atomic.Int64
	var fails atomic.Bool
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		if fails.Load() {
			w.WriteHeader(500)
		}
	}, middleware.OnceOptions{})
	url := rig.socket()
	ev := created()
	ev.Time = time.Now()
	replay := ev
	replay.ID = "another"

	fails.Store(true)
	rig.send(url, ev).want(t, 500, "")
	fails.Store(false)
	rig.send(url, replay).want(t, 200, received) // takes the first's place
	rig.send(url, ev).want(t, 200, duplicate)
	replay.ID = "a third"
	rig.send(url, replay).want(t, 200, duplicate)
	if calls.Load() != 2 {
		t.Errorf("handler ran %d times, want 2", calls.Load())
	}
	other := created()
	other.Time = ev.Time
	other.Body = append(other.Body, ' ')
	rig.send(url, other).want(t, 200, received)

	off := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{NoReplayGuard: true})
	url = off.socket()
	off.send(url, ev).want(t, 200, received)
	off.send(url, replay).want(t, 200, received)
}

// TestReplayAcrossTenants: equal deliveries to tenants who share a secret are
// two deliveries.
func TestReplayAcrossTenants(t *testing.T) {
	scheme, ep := newScheme(t), newEndpoint()
	h := middleware.Chain(
		ep.Capture(0, nil),
		ep.VerifyFor(middleware.Header("X-Tenant"), func(context.Context, string) (verify.Verifier, error) {
			return scheme, nil
		}),
		ep.Once(lru.New(nil), nil),
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	ev := created()
	ev.Time = time.Now()
	for _, tt := range []struct{ tenant, want string }{{"ann", received}, {"bob", received}, {"bob", duplicate}} {
		r := hooktest.NewRequest(t, "/", scheme, ev)
		r.Header.Set("X-Tenant", tt.tenant)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Body.String() != tt.want {
			t.Errorf("%s: answer %d %q, want %q", tt.tenant, w.Code, w.Body, tt.want)
		}
		ev.ID = "another-" + tt.tenant
	}
}

// TestAltered: a known id with another body is noticed, if it differs by no
// more than a bit.
func TestAltered(t *testing.T) {
	for _, tt := range []struct {
		strict bool
		alter  func([]byte) []byte
	}{
		{false, func(b []byte) []byte { return append(b, ' ') }},
		{true, func(b []byte) []byte { return append(b, 0) }},
		{true, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		{true, func(b []byte) []byte { b[3], b[4] = b[4], b[3]; return b }},
		{true, func([]byte) []byte { return []byte("{}") }},
	} {
		strict := tt.strict
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{Strict: strict})
		url, ev := rig.socket(), created()
		rig.send(url, ev).want(t, 200, received)
		rig.send(url, ev).want(t, 200, duplicate)
		ev.Body = tt.alter(ev.Body)
		if a := rig.send(url, ev); strict {
			a.want(t, 409, "Known delivery id with another body")
			rig.wantResults(middleware.Completed, middleware.Duplicate, middleware.Conflict)
		} else {
			a.want(t, 200, duplicate)
			rig.wantResults(middleware.Completed, middleware.Duplicate, middleware.Duplicate)
		}
		if last := rig.outcomes[2]; !last.Altered || rig.outcomes[1].Altered {
			t.Errorf("Altered is %v then %v, want false then true", rig.outcomes[1].Altered, last.Altered)
		}
	}
}
