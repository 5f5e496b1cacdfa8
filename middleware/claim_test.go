package middleware_test

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
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

// TestClaimAnswerLost: a claim whose answer was lost runs out, and the retry after
// that takes effect.
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

// TestReplayWindow: a captured request is a duplicate for as long as its signature
// holds, at any tolerance.
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

// TestReplay: of requests with the same signature and different ids, all but the
// first are duplicates.
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

// TestReplayAcrossTenants: equal deliveries to tenants that share a secret are two
// deliveries.
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

// TestAltered: a known id with another body is noticed, even if a single bit
// differs.
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

// A claimHook sees each claim before and after the store.
type claimHook struct {
	idempotency.Store
	answered func(context.Context, *idempotency.Claim)
}

func (s claimHook) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	c, err := s.Store.Claim(ctx, r)
	s.answered(ctx, &c)
	return c, err
}

// TestRetryAfterIsALeaseAtMost: after its clock was set back, a store may take a
// lease to last for hours. No sender retries for so long.
func TestRetryAfterIsALeaseAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, nil, middleware.OnceOptions{})
		store := claimHook{rig.store, func(_ context.Context, c *idempotency.Claim) {
			*c = idempotency.Claim{State: idempotency.InFlight, RetryAfter: time.Hour}
		}}
		h := rig.ep.Receiver(rig.scheme, store, http.NotFoundHandler(), nil)
		a := serveDirectly(h, rig.request("/", created()))
		a.want(t, 503, "Try again later")
		if got := a.header.Get("Retry-After"); got != "15" {
			t.Errorf("Retry-After %s, want one lease", got)
		}
	})
}

// TestInvalidState: a store that answers nonsense counts as down.
func TestInvalidState(t *testing.T) {
	for _, state := range []idempotency.State{0, 4} {
		rig := newRig(t, nil, middleware.OnceOptions{})
		store := claimHook{rig.store, func(_ context.Context, c *idempotency.Claim) { c.State = state }}
		h := rig.ep.Receiver(rig.scheme, store, http.NotFoundHandler(), nil)
		serveDirectly(h, rig.request("/", created())).want(t, 503, "Try again later")
		rig.wantResults(middleware.Unavailable)
	}
}

// TestAnswersReachTheSender: deliveries that wait for the claim of a killed
// process are answered before their sender gives up, as Slack does after three
// seconds, even where the store is slow.
func TestAnswersReachTheSender(t *testing.T) {
	for _, slow := range []time.Duration{0, 200 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
			ev := created()
			claim := idempotency.Request{Key: key(ev.ID), Owner: [16]byte{1}, Lease: 15 * time.Second}
			if c, err := rig.store.Claim(t.Context(), claim); err != nil || c.State != idempotency.Granted {
				t.Fatal(c, err)
			}
			rig.faults.Set(hooktest.Fault{Delay: slow}, hooktest.Claim, hooktest.Bind)
			srv := hooktest.NewServer(t, rig.h)
			client := srv.Client()
			client.Timeout = 3 * time.Second
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() { do(client, rig.request(srv.URL, ev)).want(t, 503, "Try again later") })
			}
			wg.Wait()
		})
	}
}

// TestFinalClaim: a delivery that another process completes just before the wait is
// over is a duplicate.
func TestFinalClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { t.Error("took effect twice") }, middleware.OnceOptions{})
		other := rig.replica(t, func(http.ResponseWriter, *http.Request) { time.Sleep(middleware.DefaultWait - time.Millisecond) })
		for range 10 {
			ev := created()
			go serveDirectly(other, rig.request("/", ev))
			synctest.Wait()
			rig.post(ev).want(t, 200, duplicate)
		}
	})
}

// TestEndIsNotMissed: an attempt that ends between a waiter's claim and its wait
// still wakes it.
func TestEndIsNotMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, nil, middleware.OnceOptions{})
		var (
			end   chan struct{}
			ended time.Time
			claim int
		)
		store := claimHook{rig.store, func(_ context.Context, c *idempotency.Claim) {
			if claim++; claim == 3 && c.State == idempotency.InFlight {
				close(end) // the first attempt ends while this answer is on its way
				synctest.Wait()
			}
		}}
		h := rig.ep.Receiver(rig.scheme, store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			<-end
			ended = time.Now()
		}), nil)
		for range 10 {
			end, claim = make(chan struct{}), 0
			ev := created()
			go serveDirectly(h, rig.request("/", ev))
			synctest.Wait()
			serveDirectly(h, rig.request("/", ev)).want(t, 200, duplicate)
			if took := time.Since(ended); took != 0 {
				t.Fatalf("answered %v after the first attempt's end", took)
			}
		}
	})
}

// TestWaitersAreBounded: for each id, and in all. Any more are answered at once,
// and the others wait undisturbed.
func TestWaitersAreBounded(t *testing.T) {
	for _, tt := range []struct{ ids, each, wait int }{{1, 40, 32}, {40, 32, 1024}} {
		synctest.Test(t, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }, middleware.OnceOptions{})
			answers := make(chan answer, tt.ids*tt.each)
			for range tt.ids {
				ev := created()
				go rig.post(ev)
				synctest.Wait()
				for range tt.each {
					go func() { answers <- rig.post(ev) }()
				}
			}
			synctest.Wait()
			if got, want := len(answers), tt.ids*tt.each-tt.wait; got != want {
				t.Errorf("%d answered at once, want %d", got, want)
			}
			if _, n := rig.ep.Waiting(); n != tt.wait {
				t.Errorf("%d wait, want %d", n, tt.wait)
			}
			for range len(answers) {
				(<-answers).want(t, 503, "Try again later")
			}
			time.Sleep(time.Second)
			synctest.Wait()
			for range tt.wait {
				(<-answers).want(t, 200, duplicate)
			}
			if claims, n := rig.ep.Waiting(); claims != 0 || n != 0 {
				t.Errorf("%d waiters for %d claims are left", n, claims)
			}
		})
	}
}

// TestHangingUpEndsTheWait: the wait ends when its sender hangs up.
func TestHangingUpEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(10 * time.Second) }, middleware.OnceOptions{})
		ev := created()
		go rig.post(ev)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		serveDirectly(rig.h, rig.request("/", ev).WithContext(ctx)).want(t, 503, "Try again later")
		if took := time.Since(start); took != time.Second {
			t.Errorf("waited for %v, want a second", took)
		}
		time.Sleep(time.Minute)
	})
}

// TestReplayWindowForEver: twice the longest tolerance does not overflow.
func TestReplayWindowForEver(t *testing.T) {
	for _, tolerance := range []time.Duration{math.MaxInt64, math.MaxInt64/2 + 1, math.MaxInt64 / 2} {
		synctest.Test(t, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
			rig.scheme.Tolerance = tolerance
			ev := created()
			ev.Time = time.Now()
			rig.post(ev).want(t, 200, received)
			for range 5 {
				time.Sleep(365 * 24 * time.Hour)
				ev.ID += "x"
				if a := rig.post(ev); a.status != 200 || !rig.last().Replay {
					t.Errorf("tolerance %v: answer %d %q is no replay", tolerance, a.status, a.body)
				}
			}
		})
	}
}
