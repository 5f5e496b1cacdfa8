package middleware_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/middleware"
)

var (
	simSeeds = flag.Int("sim.seeds", 25, "run each simulation with this `number` of seeds")
	simSeed  = flag.Uint64("sim.seed", 0, "run each simulation with this `seed` only")
)

const (
	simLease        = 15 * time.Second
	simStoreTimeout = 250 * time.Millisecond
	simDeliveries   = 12
	simTrouble      = 3 * time.Minute // then the faults stop
	simSettle       = 3*simLease + 30*time.Second
)

// A simMode is what goes wrong in a simulation, and what must hold all the same.
type simMode struct {
	name      string
	processes int
	outage    time.Duration // the longest of the store
	kills     bool          // processes die and are replaced
	failOpen  bool          // each process falls back to a store of its own
	once      bool          // no delivery takes effect twice; else none after a 2xx
}

// TestSimulation plays whole receivers against senders that retry, over stores
// that fail, in virtual time. Whatever happens, no delivery takes effect after
// a 2xx has been answered for it, none is acknowledged that has not taken
// effect, and once the faults stop every delivery settles within a few leases.
//
// A process that is killed between an effect and its mark, and a store that is
// away for longer than a lease, can make an effect happen twice: SECURITY.md
// says so. Where neither happens, none does.
func TestSimulation(t *testing.T) {
	modes := []simMode{
		{name: "short outages", processes: 3, outage: 7 * time.Second, once: true},
		{name: "long outages", processes: 3, outage: time.Minute},
		{name: "long outages of one process", processes: 1, outage: time.Minute, once: true},
		{name: "kills", processes: 3, outage: 7 * time.Second, kills: true},
		{name: "fail open", processes: 1, outage: time.Minute, failOpen: true, once: true},
	}
	stores := map[string]func() idempotency.Store{
		"lru":    func() idempotency.Store { return lru.New(nil) },
		"memory": func() idempotency.Store { return memory.New(nil) },
	}
	for _, mode := range modes {
		for name, store := range stores {
			t.Run(mode.name+"/"+name, func(t *testing.T) {
				for i := range *simSeeds {
					seed := *simSeed
					if seed == 0 {
						seed = rand.Uint64()
					}
					synctest.Test(t, func(t *testing.T) { newSimulation(t, mode, seed, store()).run() })
					if t.Failed() {
						t.Fatalf("again with: go test ./middleware -run 'TestSimulation/%s/%s' -sim.seed=%d (run %d)", mode.name, name, seed, i)
					}
					if *simSeed != 0 {
						return
					}
				}
			})
		}
	}
}

// A simulation is one run.
type simulation struct {
	t      *testing.T
	mode   simMode
	shared idempotency.Store
	begin  time.Time

	mu        sync.Mutex
	rand      *rand.Rand
	outages   [][2]time.Duration // of the shared store, since begin
	effects   map[string]int
	failures  map[string]int // of the handler, which are bounded
	acked     map[string]bool
	processes []*simProcess
	all       []*simProcess // those that were killed, too
}

func newSimulation(t *testing.T, mode simMode, seed uint64, shared idempotency.Store) *simulation {
	s := &simulation{
		t: t, mode: mode, shared: shared, begin: time.Now(),
		rand:    rand.New(rand.NewPCG(seed, 0)),
		effects: make(map[string]int), failures: make(map[string]int), acked: make(map[string]bool),
	}
	for at := s.between(0, 20*time.Second); at < simTrouble; at += s.between(10*time.Second, 40*time.Second) {
		end := min(at+s.between(time.Second, mode.outage), simTrouble)
		s.outages = append(s.outages, [2]time.Duration{at, end})
		at = end
	}
	for range mode.processes {
		s.processes = append(s.processes, s.start())
	}
	return s
}

// between returns a random duration.
func (s *simulation) between(from, to time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return from + time.Duration(s.rand.Int64N(int64(to-from)+1))
}

// chance is true with a probability of one in n.
func (s *simulation) chance(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rand.IntN(n) == 0
}

// away tells whether the shared store is in an outage.
func (s *simulation) away() bool {
	now := time.Since(s.begin)
	for _, o := range s.outages {
		if now >= o[0] && now < o[1] {
			return true
		}
	}
	return false
}

func (s *simulation) troubled() bool { return time.Since(s.begin) < simTrouble }

func (s *simulation) run() {
	var senders sync.WaitGroup
	for i := range simDeliveries {
		senders.Go(func() { s.send(fmt.Sprint("evt-", i)) })
	}
	if s.mode.kills {
		for s.troubled() {
			time.Sleep(s.between(2*time.Second, 15*time.Second))
			s.kill()
		}
	}
	senders.Wait()
	for id, n := range s.effects {
		if s.mode.once && n != 1 {
			s.t.Errorf("%s took effect %d times", id, n)
		}
	}
	for _, p := range s.all {
		// The dead go on for some minutes, which harms nothing, and must
		// end within the bubble.
		ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Minute)
		if err := p.hook.Shutdown(ctx); err != nil {
			s.t.Errorf("after the faults: %v", err)
		}
		cancel()
	}
	time.Sleep(2 * simStoreTimeout) // for renewals that were under way when their handlers ended
}

// kill ends a process and starts another.
func (s *simulation) kill() {
	fresh := s.start()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.rand.IntN(len(s.processes))
	s.processes[i].dead.Store(true)
	s.processes[i] = fresh
}

// A simProcess is one replica of the receiver.
type simProcess struct {
	*simulation
	hook    *middleware.Endpoint
	handler http.Handler
	dead    atomic.Bool
	running sync.Map // ids that a handler is at
}

func (s *simulation) start() *simProcess {
	p := &simProcess{simulation: s, hook: middleware.NewEndpoint("simulated", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})}
	var store idempotency.Store = &simStore{p}
	if s.mode.failOpen {
		store = idempotency.FailOpen(store, memory.New(nil), &idempotency.FailOpenOptions{Logger: slog.New(slog.DiscardHandler)})
	}
	mux := new(dispatch.Mux)
	mux.Handle("link.created", dispatch.JSON(func(ctx context.Context, e dispatch.Event[struct{}]) error { return p.handle(ctx, e.ID) }))
	p.handler = p.hook.Receiver(newScheme(s.t), store, mux, &middleware.ReceiverOptions{
		Once: &middleware.OnceOptions{Lease: simLease, StoreTimeout: simStoreTimeout, HandlerTimeout: 25 * time.Second},
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, p)
	return p
}

// handle is the handler: it takes its time, may fail, and takes effect.
func (p *simProcess) handle(ctx context.Context, id string) error {
	if _, twice := p.running.LoadOrStore(id, true); twice {
		p.t.Errorf("%s has two handlers in one process", id)
	}
	defer p.running.Delete(id)
	long := 3 * time.Second
	if p.troubled() && p.chance(6) {
		long = 2 * simLease // needs renewals; may outlast its context
	}
	select {
	case <-time.After(p.between(0, long)):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.dead.Load() || ctx.Err() != nil:
		return errors.New("too late")
	case p.troubled() && p.failures[id] < 3 && p.rand.IntN(3) == 0:
		p.failures[id]++
		if p.rand.IntN(2) == 0 {
			panic("bad luck")
		}
		return errors.New("bad luck")
	}
	p.effects[id]++
	if p.acked[id] {
		p.t.Errorf("%s took effect after a 2xx", id)
	}
	return nil
}

// send is a sender: it tries until it sees a 2xx, and sometimes twice at once.
func (s *simulation) send(id string) {
	time.Sleep(s.between(0, simTrouble*2/3))
	body := fmt.Appendf(nil, `{"type":"link.created","data":{"link_id":%q}}`, id)
	for {
		var copies sync.WaitGroup
		if s.chance(3) {
			copies.Go(func() { s.try(id, body) })
		}
		done := s.try(id, body)
		copies.Wait()
		if done {
			return
		}
		if time.Since(s.begin) > simTrouble+simSettle {
			s.t.Errorf("%s has not settled %v after the last fault", id, time.Since(s.begin)-simTrouble)
			return
		}
		time.Sleep(s.between(time.Second, 10*time.Second))
	}
}

// try makes one attempt and reports whether it saw a 2xx.
func (s *simulation) try(id string, body []byte) bool {
	s.mu.Lock()
	p := s.processes[s.rand.IntN(len(s.processes))]
	s.mu.Unlock()
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, hooktest.NewRequest(s.t, "/", newScheme(s.t), hooktest.Event{ID: id, Body: body}))
	if p.dead.Load() {
		return false // the answer never leaves
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.Code < 200 || w.Code > 299 {
		return false
	}
	if s.effects[id] == 0 {
		s.t.Errorf("%s was answered with %d, and has not taken effect", id, w.Code)
	}
	s.acked[id] = true
	return true
}

// A simStore is the shared store as a process reaches it.
type simStore struct{ *simProcess }

var errAway = errors.New("the store is away")

// call carries out a call, or fails: before or after it has happened, at once
// or when the caller's patience ends, by an error or a panic.
func (s *simStore) call(ctx context.Context, f func() error) error {
	if s.dead.Load() {
		return errAway
	}
	if !s.away() && !(s.troubled() && s.chance(40)) {
		return f()
	}
	if s.chance(4) {
		_ = f() // and the answer is lost
	}
	if s.chance(2) {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.chance(8) {
		panic("the store's driver has a bug")
	}
	return errAway
}

func (s *simStore) Claim(ctx context.Context, r idempotency.Request) (c idempotency.Claim, err error) {
	err = s.call(ctx, func() (err error) { c, err = s.shared.Claim(context.WithoutCancel(ctx), r); return err })
	if err != nil {
		c = idempotency.Claim{}
	}
	return c, err
}

func (s *simStore) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	return s.call(ctx, func() error { return s.shared.Extend(context.WithoutCancel(ctx), key, fence, lease) })
}

func (s *simStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	return s.call(ctx, func() error { return s.shared.Complete(context.WithoutCancel(ctx), key, fence, retain) })
}

func (s *simStore) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return s.call(ctx, func() error { return s.shared.Release(context.WithoutCancel(ctx), key, fence) })
}

func (s *simStore) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (first idempotency.Key, err error) {
	err = s.call(ctx, func() (err error) {
		first, err = s.shared.(idempotency.ReplayGuard).Bind(context.WithoutCancel(ctx), digest, key, ttl)
		return err
	})
	return first, err
}
