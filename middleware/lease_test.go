package middleware_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
)

// An extendStore knows when each key's lease was extended.
type extendStore struct {
	idempotency.Store

	mu sync.Mutex
	at map[idempotency.Key][]time.Time
}

func newExtendStore() *extendStore {
	return &extendStore{Store: lru.New(nil), at: make(map[idempotency.Key][]time.Time)}
}

func (s *extendStore) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	s.mu.Lock()
	s.at[key] = append(s.at[key], time.Now())
	s.mu.Unlock()
	return s.Store.Extend(ctx, key, fence, lease)
}

// TestRenewals: handlers begin and end in any order, and each has its lease renewed
// every third of it for as long as it runs.
func TestRenewals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newExtendStore()
		rig := newRig(t, nil, middleware.OnceOptions{})
		h := middleware.Chain(
			rig.ep.Capture(0, nil),
			rig.ep.Verify(rig.scheme),
			rig.ep.Once(store, nil),
		)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
			time.Sleep(time.Duration(ms) * time.Millisecond)
		}))
		// Two servers share the layer with requests without a server.
		servers := []*hooktest.Server{hooktest.NewServer(t, h), hooktest.NewServer(t, h)}
		rng := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		total := 0
		for i := range 300 {
			begin := time.Duration(rng.IntN(30_000)) * time.Millisecond
			// Never a multiple of five seconds: the renewal and the end
			// would come at the same time.
			ran := time.Duration(rng.IntN(4)*5_000+1+rng.IntN(4_998)) * time.Millisecond
			total += int(ran / (5 * time.Second))
			ev := created()
			wg.Go(func() {
				time.Sleep(begin)
				start := time.Now()
				path := "/?ms=" + strconv.Itoa(int(ran.Milliseconds()))
				if i%3 == 2 {
					h.ServeHTTP(httptest.NewRecorder(), rig.request(path, ev))
				} else {
					srv := servers[i%3]
					do(srv.Client(), rig.request(srv.URL+path, ev)).want(t, 200, received)
				}
				store.mu.Lock()
				defer store.mu.Unlock()
				at := store.at[key(ev.ID)]
				if want := int(ran / (5 * time.Second)); len(at) != want {
					t.Errorf("a handler ran for %v, and its lease was extended %d times, want %d", ran, len(at), want)
				}
				for j, when := range at {
					if after := when.Sub(start); after != time.Duration(j+1)*5*time.Second {
						t.Errorf("renewal %d came after %v", j+1, after)
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(time.Minute)
		for _, at := range store.at {
			total -= len(at)
		}
		if total != 0 {
			t.Errorf("%d renewals of claims that had ended", -total)
		}
	})
}

// TestRenewalsAcrossClocks: a handler that is mounted once serves any number
// of tests with virtual time, one after the other.
func TestRenewalsAcrossClocks(t *testing.T) {
	store, slow := newExtendStore(), false
	rig := newRig(t, nil, middleware.OnceOptions{})
	h := middleware.Chain(
		rig.ep.Capture(0, nil),
		rig.ep.Verify(rig.scheme),
		rig.ep.Once(store, nil),
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if slow {
			time.Sleep(12 * time.Second)
		}
	}))
	for range 3 {
		slow = true
		synctest.Test(t, func(t *testing.T) {
			srv, ev := hooktest.NewServer(t, h), created()
			do(srv.Client(), rig.request(srv.URL, ev).WithContext(t.Context())).want(t, 200, received)
			// The next test's clock starts while one of this test's is due.
			defer func() { do(srv.Client(), rig.request(srv.URL, created()).WithContext(t.Context())) }()
			slow = false
			if got := len(store.at[key(ev.ID)]); got != 2 {
				t.Errorf("the lease was extended %d times in 12 s, want twice", got)
			}
		})
	}
}

// TestRenewalsForgetServers: a layer outlives its servers, some of which serve a
// single connection, and does not keep them in memory.
func TestRenewalsForgetServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
		server := new(http.Server)
		gone := weak.Make(server)
		r := rig.request("/", created())
		rig.h.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.WithValue(r.Context(), http.ServerContextKey, server)))
		rig.wantResults(middleware.Completed)
		r, server, rig.outcomes = nil, nil, nil
		time.Sleep(time.Minute)
		runtime.GC()
		if gone.Value() != nil {
			t.Error("the server is kept")
		}
		runtime.KeepAlive(rig)
	})
}

// TestLeaseIsExtended: a handler may run longer than the lease, and keeps the
// claim.
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

// TestLeaseLost: when another process may have taken over, the handler is told,
// and its late success counts for nothing.
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

// TestOverdueHandler: a handler that ignores its context keeps its claim, and the
// log says so, once, and names the delivery.
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
		_, line, _ := strings.Cut(rig.logged(), "webhook handler overdue")
		line, _, _ = strings.Cut(line, "\n")
		for _, part := range []string{"endpoint=test", "provider=linktree", "id=" + ev.ID} {
			if !strings.Contains(line, part) {
				t.Errorf("the line lacks %q: %s", part, line)
			}
		}
		(<-first).want(t, 200, "")
	})
}

// TestLeaseIsNoLongerThanTheStores: the handler is told before another process can
// be granted the claim, however long the store's answers took.
func TestLeaseIsNoLongerThanTheStores(t *testing.T) {
	const lease = middleware.DefaultLease
	for _, tt := range []struct {
		name            string
		claims, extends time.Duration // what an answer takes, after its effect
		extended        int           // times, before the store is away
	}{
		{"at once", 0, 0, 0},
		{"slow claim", 200 * time.Millisecond, 0, 0},
		{"slow claim, extended", 200 * time.Millisecond, 0, 2},
		{"slow extension", 0, 200 * time.Millisecond, 1},
		{"slow extensions", 200 * time.Millisecond, 200 * time.Millisecond, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told time.Time
				rig := newRig(t, nil, middleware.OnceOptions{})
				store := &slowStore{Store: rig.store, claims: tt.claims, extends: tt.extends, left: tt.extended}
				h := rig.ep.Receiver(rig.scheme, store, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					<-r.Context().Done()
					told = time.Now()
					w.WriteHeader(500)
				}), nil)
				serveDirectly(h, rig.request("/", created())).want(t, 500, "")
				if late := told.Sub(store.asked.Add(lease)); late > 0 {
					t.Errorf("the handler was told %v after the lease had run out", late)
				}
				if early := store.asked.Add(lease).Sub(told); early > middleware.DefaultStoreTimeout {
					t.Errorf("the handler was told %v before the lease runs out", early)
				}
			})
		})
	}
}

// A slowStore carries calls out at once, and answers later. After some extensions
// it refuses the rest.
type slowStore struct {
	idempotency.Store
	claims, extends time.Duration
	left            int
	asked           time.Time // when the lease was last counted from
}

func (s *slowStore) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	s.asked = time.Now()
	defer time.Sleep(s.claims)
	return s.Store.Claim(ctx, r)
}

func (s *slowStore) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	if s.left--; s.left < 0 {
		return errDown
	}
	s.asked = time.Now()
	defer time.Sleep(s.extends)
	return s.Store.Extend(ctx, key, fence, lease)
}

// TestLostInTime: the pauses between failing renewals don't let the lease run out
// unnoticed.
func TestLostInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told time.Duration
		rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			<-r.Context().Done()
			told = time.Since(start)
			w.WriteHeader(500)
		}, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown}, hooktest.Extend)
		rig.post(created()).want(t, 500, "")
		if want := middleware.DefaultLease - middleware.DefaultStoreTimeout; told != want {
			t.Errorf("the handler was told after %v, want %v", told, want)
		}
	})
}

// TestRenewalUnderWay: a renewal under way when the handler ends is the last.
func TestRenewalUnderWay(t *testing.T) {
	for _, fault := range []hooktest.Fault{{Delay: 200 * time.Millisecond, After: true}, {Delay: 200 * time.Millisecond, Err: errDown}} {
		synctest.Test(t, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(5100 * time.Millisecond) }, middleware.OnceOptions{})
			rig.faults.Set(fault, hooktest.Extend)
			rig.post(created()).want(t, 200, received)
			time.Sleep(time.Minute)
			if n := rig.faults.Calls(hooktest.Extend); n != 1 {
				t.Errorf("the lease was extended %d times, want once", n)
			}
		})
	}
}
