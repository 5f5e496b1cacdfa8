package histories

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Storm is what many clients do at once with the same few keys: those of a
// receiver, in any order, as holders that are too late, too.
type Storm struct {
	Stores  []idempotency.Store // each has keys of its own, and the same ones
	Seed    uint64
	Clients int
	Calls   int // of each client
	Keys    int
	Name    string // of the keys: storms on one store need different ones

	// Unit is the shortest lease, retention and ttl. Clients mostly sleep for
	// less between their calls, and sometimes for more.
	Unit time.Duration

	// Retain is the shortest retention, if it is not Unit.
	Retain time.Duration

	// Patience is how long a call waits. Zero means for as long as it takes.
	// Calls that are cut short on purpose wait a thousandth of it.
	Patience time.Duration

	// Steady storms are like a receiver's: one lease for all, and no durations
	// out of the common; holders that have tried to complete do nothing
	// else, and those that have tried to release do nothing.
	Steady bool
}

// A grant is what a client was granted, known to all of them.
type grant struct {
	request  idempotency.Request
	fence    uint64
	tried    bool // to Complete
	released bool // or tried to be
}

type storm struct {
	Storm
	recorder *Recorder
	ended    context.Context

	mu     sync.Mutex
	rand   *rand.Rand
	owners uint64
	grants map[int][]*grant // by store and key, the newest last
}

// Run storms the stores and returns the history. Where it runs in a bubble of
// testing/synctest, it takes no real time.
func (s Storm) Run(ctx context.Context) *Recorder {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	st := &storm{
		Storm: s, recorder: NewRecorder(), ended: ended,
		rand:   rand.New(rand.NewPCG(s.Seed, 0)),
		grants: make(map[int][]*grant),
	}
	if st.Retain == 0 {
		st.Retain = st.Unit
	}
	var wg sync.WaitGroup
	for client := range s.Clients {
		wg.Go(func() {
			for range s.Calls {
				time.Sleep(st.pause())
				st.call(ctx, client)
			}
		})
	}
	wg.Wait()
	return st.recorder
}

func (st *storm) pause() time.Duration {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch st.rand.IntN(20) {
	case 0:
		return 2 * st.Unit
	case 1, 2, 3, 4, 5, 6:
		return 0
	}
	return st.Unit / 20 * time.Duration(st.rand.IntN(10))
}

// call draws a call and makes it.
func (st *storm) call(ctx context.Context, client int) {
	call, g, store := st.draw()
	switch p := st.draws(100); {
	case st.Steady:
	case p < 3:
		ctx = st.ended
	case p < 8 && st.Patience > 0:
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, st.Patience/1000)
		defer cancel()
	}
	if st.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, st.Patience)
		defer cancel()
	}
	answer := st.recorder.Do(ctx, client, store, call)
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case call.Op == Complete && g != nil:
		g.tried = true
	case call.Op == Release && g != nil:
		g.released = true
	case call.Op == Claim && g == nil && (answer.Claim.State == idempotency.Granted || answer.Err == Failed):
		// One whose answer was lost can be sent again.
		place := call.Store*1000 + int(call.Key[31])
		st.grants[place] = append(st.grants[place], &grant{request: call.Request, fence: answer.Claim.Fence})
	case call.Op == Claim && g != nil && answer.Claim.State == idempotency.Granted:
		g.fence = answer.Claim.Fence
	}
}

func (st *storm) draws(n int) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.rand.IntN(n)
}

// key returns the i-th key. Its last byte is i.
func (st *storm) key(i int) idempotency.Key {
	k := idempotency.NewKey(idempotency.Identity{Endpoint: st.Name, ID: fmt.Sprint(i)})
	k[31] = byte(i)
	return k
}

// draw returns a call, the grant that it is about if it is about one, and the
// store.
func (st *storm) draw() (Call, *grant, idempotency.Store) {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, i := st.rand.IntN(len(st.Stores)), st.rand.IntN(st.Keys)
	s := st.Stores[n]
	call := Call{Store: n, Key: st.key(i)}
	grants := st.grants[n*1000+i]
	var g *grant
	if len(grants) > 0 {
		// Mostly the newest, at times one that has lost its claim.
		g = grants[len(grants)-1-min(len(grants)-1, st.rand.IntN(8)*st.rand.IntN(2)/3)]
	}
	p := st.rand.IntN(100)
	switch _, forgets := s.(idempotency.Forgetter); {
	case p < 8 && forgets:
		call.Op = Forget
		return call, nil, s
	case p < 16:
		if _, binds := s.(idempotency.ReplayGuard); binds {
			call.Op, call.Bound, call.For = Bind, st.key(st.rand.IntN(50)), st.duration(st.Retain)
			return call, nil, s
		}
	case g != nil && p >= 50 && !(st.Steady && g.released):
		return st.hold(call, g), g, s
	}
	call, g = st.claim(call, g)
	return call, g, s
}

// claim draws a Claim, rarely that of a grant, again.
func (st *storm) claim(call Call, g *grant) (Call, *grant) {
	if g != nil && st.rand.IntN(4) == 0 && !(st.Steady && (g.tried || g.released)) {
		call.Op, call.Request, call.For = Claim, g.request, g.request.Lease
		return call, g
	}
	st.owners++
	r := idempotency.Request{Key: call.Key, Lease: st.duration(st.Unit)}
	binary.BigEndian.PutUint64(r.Owner[:], st.owners<<32)
	binary.BigEndian.PutUint64(r.Fingerprint[:], st.owners<<32)
	call.Op, call.Request, call.For = Claim, r, r.Lease
	return call, nil
}

// hold draws a holder's call.
func (st *storm) hold(call Call, g *grant) Call {
	call.Fence = g.fence
	switch p := st.rand.IntN(100); {
	case st.Steady && g.tried || p < 35:
		call.Op, call.For = Complete, st.duration(st.Retain)
	case p < 60:
		call.Op = Release
	default:
		call.Op, call.For = Extend, st.duration(st.Unit)
	}
	return call
}

// duration draws a lease, a retention or a ttl: rarely one that is not valid, or
// the longest.
func (st *storm) duration(least time.Duration) time.Duration {
	switch p := st.rand.IntN(100); {
	case st.Steady:
		return 2 * least
	case p < 2:
		return -least
	case p < 4:
		return math.MaxInt64
	}
	return least * time.Duration(1+st.rand.IntN(3))
}
