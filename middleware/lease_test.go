package middleware_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
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

// TestRenewals: of many handlers that begin and end in any order, each has its
// lease renewed every third of it for as long as it runs.
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
		// Two servers, and requests of none, share the layer.
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

// TestRenewalsForgetServers: a layer outlives the servers that it was mounted
// in, some of which are made for a single connection.
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
