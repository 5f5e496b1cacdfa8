package idempotency_test

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
)

var (
	walkSeed  = flag.Uint64("walk.seed", 1, "the first seed of TestFailOpenWalk")
	walkSeeds = flag.Int("walk.seeds", 6, "how many seeds TestFailOpenWalk walks by")
	walkSteps = flag.Int("walk.steps", 20_000, "how many calls it makes for each")
	walkTrace = flag.Bool("walk.trace", false, "log each call of TestFailOpenWalk")
)

// TestFailOpenWalk makes calls at random on a FailOpen over a shared store that
// fails at random: down, hanging, or with the answer lost. It wants what the
// process can count on all the same: one holder at a time, nothing granted that
// it has completed, no success for a holder that lost its claim.
//
// With a second replica on the shared store, which may take over what a failure
// let run out, a holder can also lose its claim to that.
func TestFailOpenWalk(t *testing.T) {
	for _, replicas := range []int{1, 2} {
		for i := range *walkSeeds {
			seed := *walkSeed + uint64(i)
			synctest.Test(t, func(t *testing.T) {
				w := newWalk(t, seed, replicas)
				for step := range *walkSteps {
					w.step()
					if t.Failed() {
						t.Fatalf("replicas %d, step %d: rerun with -walk.seed=%d -walk.seeds=1 -walk.trace", replicas, step, seed)
					}
				}
				w.settle()
				if t.Failed() {
					t.Fatalf("replicas %d, at the end: rerun with -walk.seed=%d -walk.seeds=1 -walk.trace", replicas, seed)
				}
			})
		}
	}
}

const (
	walkKeys   = 4
	walkLease  = 15 * time.Second
	walkRetain = 10 * time.Minute
)

// A walk is one replica under test, beside what it may and must answer.
type walk struct {
	*testing.T
	rand   *rand.Rand
	store  idempotency.Store
	shared idempotency.Store // as another replica sees it: it never fails
	faults *hooktest.Faults
	alone  bool // there is no other replica
	owners uint64
	keys   [walkKeys]walkKey
	bound  [walkKeys]walkBinding
}

func newWalk(t *testing.T, seed uint64, replicas int) *walk {
	w := &walk{T: t, rand: rand.New(rand.NewPCG(seed, uint64(replicas))), shared: memory.New(nil), alone: replicas == 1}
	var cutOff idempotency.Store
	cutOff, w.faults = hooktest.NewStore(w.shared)
	w.store = idempotency.FailOpen(cutOff, memory.New(nil), discard)
	for i := range w.keys {
		w.keys[i].key = idempotency.NewKey(idempotency.Identity{Provider: "walk", ID: string(rune('a' + i))})
	}
	return w
}

func (w *walk) request(key idempotency.Key) idempotency.Request {
	w.owners++
	r := idempotency.Request{Key: key, Lease: walkLease}
	binary.BigEndian.PutUint64(r.Owner[:], w.owners)
	binary.BigEndian.PutUint64(r.Fingerprint[:], w.owners)
	return r
}

// step makes one call, or lets something happen.
func (w *walk) step() {
	k := &w.keys[w.rand.IntN(walkKeys)]
	ctx, cancel := context.WithTimeout(w.Context(), 250*time.Millisecond)
	defer cancel()
	switch p := w.rand.IntN(100); {
	case p < 8:
		w.fail()
	case p < 20:
		time.Sleep([]time.Duration{time.Millisecond, time.Second, 5 * time.Second, walkLease}[w.rand.IntN(4)])
	case p < 21:
		time.Sleep(walkRetain)
	case p < 45:
		w.claim(ctx, k)
	case p < 88:
		k.holders = slices.DeleteFunc(k.holders, func(h *walkHolder) bool { return h.tried && time.Now().After(h.gone) })
		if n := len(k.holders); n > 0 {
			w.hold(ctx, k, k.holders[w.rand.IntN(n)])
		}
	case p < 90:
		w.forget(ctx, k)
	case p < 95:
		w.bind(ctx)
	case !w.alone:
		w.elsewhere(ctx, k)
	}
}

// fail draws what is wrong with the shared store from now on.
func (w *walk) fail() {
	w.faults.Set(hooktest.Fault{})
	fault := []hooktest.Fault{
		{},
		{},
		{Err: errDown},
		{Err: errDown, After: true},
		{Err: errDown, After: true, Times: 1},
		{Delay: time.Hour},
		{Delay: time.Hour, After: true, Times: 1},
		{Delay: 5 * time.Millisecond},
	}[w.rand.IntN(8)]
	of := []hooktest.Method{hooktest.Claim, hooktest.Extend, hooktest.Complete, hooktest.Release, hooktest.Bind, hooktest.Forget}
	if w.rand.IntN(2) == 0 {
		w.rand.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		of = of[:1+w.rand.IntN(3)]
	}
	w.faults.Set(fault, of...)
	w.trace("fault %+v of %v", fault, of)
}

// elsewhere makes a call of another replica.
func (w *walk) elsewhere(ctx context.Context, k *walkKey) {
	var err error
	switch c := k.other; {
	case c.State == 0:
		c, err = w.shared.Claim(ctx, w.request(k.key))
		if c.State == idempotency.Granted {
			k.other = c
		}
	case w.rand.IntN(2) == 0:
		if err = w.shared.Complete(ctx, k.key, c.Fence, walkRetain); err == nil {
			k.completed()
		}
		k.other = idempotency.Claim{}
	default:
		err = w.shared.Release(ctx, k.key, c.Fence)
		k.other = idempotency.Claim{}
	}
	if err != nil && !errors.Is(err, idempotency.ErrLost) {
		w.Error(err)
	}
}

// settle lets the faults stop and the leases run out. Then each key is done
// everywhere or free.
func (w *walk) settle() {
	w.faults.Set(hooktest.Fault{})
	time.Sleep(2 * walkLease)
	for i := range w.keys {
		k := &w.keys[i]
		want := idempotency.Granted
		if k.done() {
			want = idempotency.Done
		}
		c, err := w.store.Claim(w.Context(), w.request(k.key))
		if err != nil || c.State != want && (c.State != idempotency.Done || time.Now().After(k.mayBeDone)) {
			w.Errorf("key %d, after the outage and its leases: got %v, %v, want %v", i, c.State, err, want)
		}
		if c.State == idempotency.Done {
			if c, err := w.shared.Claim(w.Context(), w.request(k.key)); err != nil || c.State != idempotency.Done {
				w.Errorf("key %d, after this process found it done: another got %v, %v, want done", i, c.State, err)
			}
		}
	}
}

// trace logs what happens, if it was asked to.
func (w *walk) trace(format string, args ...any) {
	if *walkTrace {
		w.Logf(time.Now().Format("02 15:04:05.000 ")+format, args...)
	}
}
