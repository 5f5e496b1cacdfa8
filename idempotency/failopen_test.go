package idempotency_test

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
)

var errDown = errors.New("the store is down")

var discard = &idempotency.FailOpenOptions{
	Timeout: 10 * time.Millisecond,
	Logger:  slog.New(slog.DiscardHandler),
}

func TestFailOpenKeepsTheContract(t *testing.T) {
	const capacity = 64
	store := func(shared idempotency.Store) idempotency.Store {
		return idempotency.FailOpen(shared, lru.New(&lru.Options{Capacity: capacity}), discard)
	}
	t.Run("shared", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) idempotency.Store {
			return store(lru.New(&lru.Options{Capacity: capacity}))
		}, &storetest.Options{Bubble: true, Capacity: capacity})
	})
	for name, fault := range map[string]hooktest.Fault{
		"shared down":    {Err: errDown},
		"shared hangs":   {Delay: time.Hour},
		"shared is deaf": {Err: errDown, After: true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(*testing.T) idempotency.Store {
				shared, faults := hooktest.NewStore(lru.New(nil))
				// The other methods are only asked about claims that
				// shared has granted. It can't forget: a claim whose
				// answer was lost is in flight there.
				faults.Set(fault, hooktest.Claim, hooktest.Bind)
				return store(struct {
					idempotency.Store
					idempotency.ReplayGuard
				}{shared, shared.(idempotency.ReplayGuard)})
			}, &storetest.Options{Bubble: true, Capacity: capacity})
		})
	}
}

// A replica is a process with a local store and what it shares with others.
type replica struct {
	idempotency.Store
	t      *testing.T
	cutOff idempotency.Store // the shared one, as it sees it
	shared *hooktest.Faults
	log    *strings.Builder
}

func newReplica(t *testing.T, shared idempotency.Store) *replica {
	r := &replica{t: t, log: new(strings.Builder)}
	r.cutOff, r.shared = hooktest.NewStore(shared)
	r.Store = idempotency.FailOpen(r.cutOff, lru.New(nil), &idempotency.FailOpenOptions{
		Logger: slog.New(slog.NewTextHandler(r.log, nil)),
	})
	return r
}

func (r *replica) breakOff(of ...hooktest.Method) { r.shared.Set(hooktest.Fault{Err: errDown}, of...) }

// heal makes the shared store answer again, and lets the pause pass.
func (r *replica) heal() {
	r.shared.Set(hooktest.Fault{})
	time.Sleep(time.Second)
}

var owners atomic.Uint32

func claimRequest(id string) idempotency.Request {
	owner := binary.BigEndian.AppendUint32(make([]byte, 28), owners.Add(1))
	return idempotency.Request{
		Key: idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), Owner: [16]byte(owner[16:]),
		Fingerprint: [32]byte(owner), Lease: 15 * time.Second,
	}
}

func (r *replica) claim(id string, want idempotency.State) idempotency.Claim {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 250*time.Millisecond)
	defer cancel()
	c, err := r.Claim(ctx, claimRequest(id))
	if err != nil || c.State != want {
		r.t.Fatalf("Claim of %s: got %v, %v, want %v", id, c.State, err, want)
	}
	return c
}

func (r *replica) complete(id string, c idempotency.Claim, want error) {
	r.t.Helper()
	if err := r.Complete(r.t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), c.Fence, time.Hour); !errors.Is(err, want) {
		r.t.Fatalf("Complete of %s: got %v, want %v", id, err, want)
	}
}

func (r *replica) extend(id string, c idempotency.Claim, want error) {
	r.t.Helper()
	key := idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id})
	if err := r.Extend(r.t.Context(), key, c.Fence, 15*time.Second); !errors.Is(err, want) {
		r.t.Fatalf("Extend of %s: got %v, want %v", id, err, want)
	}
}

func (r *replica) release(id string, c idempotency.Claim) {
	r.t.Helper()
	if err := r.Release(r.t.Context(), idempotency.NewKey(idempotency.Identity{Provider: "test", ID: id}), c.Fence); err != nil {
		r.t.Fatalf("Release of %s: %v", id, err)
	}
}

// TestFailOpenWaitsOncePerPause makes many calls in an outage in which the
// shared store hangs: one in a pause waits for it, and leaves local its time.
func TestFailOpenWaitsOncePerPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplica(t, lru.New(nil))
		r.shared.Set(hooktest.Fault{Delay: time.Hour})
		start := time.Now()
		for i := range 100 {
			r.claim(strings.Repeat("x", i+1), idempotency.Granted)
		}
		if took, calls := time.Since(start), r.shared.Calls(hooktest.Claim); took != 125*time.Millisecond || calls != 1 {
			t.Errorf("100 claims took %v and %d calls of the shared store, want 125ms and 1", took, calls)
		}
		time.Sleep(time.Second)
		var wg sync.WaitGroup
		for _, id := range []string{"a", "b", "c"} {
			wg.Go(func() {
				if c, err := r.Claim(t.Context(), claimRequest(id)); err != nil || c.State != idempotency.Granted {
					t.Errorf("Claim of %s: got %v, %v, want granted", id, c.State, err)
				}
			})
		}
		wg.Wait()
		if calls := r.shared.Calls(hooktest.Claim); calls != 2 {
			t.Errorf("a pause later: %d calls of the shared store, want 2", calls)
		}
		r.heal()
		r.claim("d", idempotency.Granted)
		r.claim("e", idempotency.Granted)
		if calls := r.shared.Calls(hooktest.Claim); calls != 4 {
			t.Errorf("after the outage: %d calls of the shared store, want 4", calls)
		}
		log := r.log.String()
		if strings.Count(log, "level=ERROR") != 1 || strings.Count(log, "granted_without=103") != 1 {
			t.Errorf("the log has not one line for each end of the outage:\n%s", log)
		}
	})
}

// TestFailOpenCancelled: a caller that gives up is no outage.
func TestFailOpenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplica(t, lru.New(nil))
		r.shared.Set(hooktest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if c, err := r.Claim(ctx, claimRequest("1")); !errors.Is(err, context.Canceled) || c != (idempotency.Claim{}) {
			t.Errorf("got %v, %v, want context.Canceled", c.State, err)
		}
		if log := r.log.String(); log != "" {
			t.Errorf("it is taken for an outage: %s", log)
		}
	})
}

// high grants fences that have the highest bit.
type high struct{ idempotency.Store }

func (h high) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	c, err := h.Store.Claim(ctx, r)
	c.Fence |= 1 << 63
	return c, err
}

func TestFailOpenFences(t *testing.T) {
	r := newReplica(t, lru.New(nil))
	if c := r.claim("1", idempotency.Granted); c.Fence >= 1<<63 {
		t.Errorf("fence %x of the shared store, want the highest bit unset", c.Fence)
	}
	r.breakOff()
	if c := r.claim("2", idempotency.Granted); c.Fence < 1<<63 {
		t.Errorf("fence %x of the local store, want the highest bit set", c.Fence)
	}
	s := idempotency.FailOpen(high{lru.New(nil)}, lru.New(nil), discard)
	if c, err := s.Claim(t.Context(), claimRequest("1")); err == nil || c != (idempotency.Claim{}) {
		t.Errorf("of a shared fence with the highest bit: got %v, %v, want an error", c, err)
	}
}

func TestFailOpenPanics(t *testing.T) {
	s := lru.New(nil)
	for name, f := range map[string]func(){
		"no shared store":  func() { idempotency.FailOpen(nil, s, nil) },
		"no local store":   func() { idempotency.FailOpen(s, nil, nil) },
		"nil pointer":      func() { idempotency.FailOpen((*lru.Store)(nil), s, nil) },
		"nil local":        func() { idempotency.FailOpen(s, (*lru.Store)(nil), nil) },
		"negative timeout": func() { idempotency.FailOpen(s, s, &idempotency.FailOpenOptions{Timeout: -1}) },
		"negative pause":   func() { idempotency.FailOpen(s, s, &idempotency.FailOpenOptions{Pause: -1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}
