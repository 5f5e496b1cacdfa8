package hooktest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
)

var errDown = errors.New("store down")

// A plain store answers each call in its own way and notes it.
type plain struct {
	mu    sync.Mutex
	calls []any
}

type (
	extend   struct{ For time.Duration }
	complete struct{ For time.Duration }
	release  struct{ Fence uint64 }
	bind     struct{ Digest byte }
	forget   struct{ Key byte }
)

var (
	claimed    = idempotency.Claim{State: idempotency.Granted, Fence: 7}
	errExtend  = errors.New("inner Extend")
	errRelease = errors.New("inner Release")
	bound      = idempotency.Key{9}
)

func (p *plain) note(call any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call)
}

func (p *plain) Claim(_ context.Context, r idempotency.Request) (idempotency.Claim, error) {
	p.note(r)
	return claimed, nil
}

func (p *plain) Extend(_ context.Context, _ idempotency.Key, _ uint64, lease time.Duration) error {
	p.note(extend{lease})
	return errExtend
}

func (p *plain) Complete(_ context.Context, _ idempotency.Key, _ uint64, retain time.Duration) error {
	p.note(complete{retain})
	return nil
}

func (p *plain) Release(_ context.Context, _ idempotency.Key, fence uint64) error {
	p.note(release{fence})
	return errRelease
}

// A binding store can also bind and forget.
type binding struct{ plain }

func (b *binding) Bind(_ context.Context, digest [32]byte, _ idempotency.Key, _ time.Duration) (idempotency.Key, error) {
	b.note(bind{digest[0]})
	return bound, nil
}

func (b *binding) Forget(_ context.Context, key idempotency.Key) (bool, error) {
	b.note(forget{key[0]})
	return true, nil
}

var request = idempotency.Request{Key: idempotency.Key{1}, Lease: time.Second}

// An answer is what one call of each method returned.
type answer struct {
	Claim                                                    idempotency.Claim
	Key                                                      idempotency.Key
	Forgot                                                   bool
	Claimed, Extended, Completed, Released, Bound, Forgotten error
}

func callAll(ctx context.Context, s idempotency.Store) (a answer) {
	a.Claim, a.Claimed = s.Claim(ctx, request)
	a.Extended = s.Extend(ctx, request.Key, 7, 2*time.Second)
	a.Completed = s.Complete(ctx, request.Key, 7, 3*time.Second)
	a.Released = s.Release(ctx, request.Key, 8)
	a.Key, a.Bound = s.(idempotency.ReplayGuard).Bind(ctx, [32]byte{4}, request.Key, time.Minute)
	a.Forgot, a.Forgotten = s.(idempotency.Forgetter).Forget(ctx, request.Key)
	return a
}

var (
	allCalls   = []any{request, extend{2 * time.Second}, complete{3 * time.Second}, release{8}, bind{4}, forget{1}}
	asItIs     = answer{claimed, bound, true, nil, errExtend, nil, errRelease, nil, nil}
	allDown    = answer{Claimed: errDown, Extended: errDown, Completed: errDown, Released: errDown, Bound: errDown, Forgotten: errDown}
	sameErrors = cmp.Comparer(func(a, b error) bool { return a == b })
)

func TestStoreFaults(t *testing.T) {
	for _, tt := range []struct {
		name    string
		fault   hooktest.Fault
		of      []hooktest.Method
		want    answer
		reached []any
		took    time.Duration
	}{
		{"none", hooktest.Fault{}, nil, asItIs, allCalls, 0},
		{"down", hooktest.Fault{Err: errDown}, nil, allDown, nil, 0},
		{"answers lost", hooktest.Fault{Err: errDown, After: true}, nil, allDown, allCalls, 0},
		{"slow", hooktest.Fault{Delay: time.Minute}, nil, asItIs, allCalls, 6 * time.Minute},
		{"slow answers", hooktest.Fault{Delay: time.Minute, After: true}, nil, asItIs, allCalls, 6 * time.Minute},
		{
			"one method",
			hooktest.Fault{Err: errDown},
			[]hooktest.Method{hooktest.Complete},
			answer{claimed, bound, true, nil, errExtend, errDown, errRelease, nil, nil},
			[]any{allCalls[0], allCalls[1], allCalls[3], allCalls[4], allCalls[5]},
			0,
		},
		{
			"two of several methods",
			hooktest.Fault{Err: errDown, Times: 2},
			[]hooktest.Method{hooktest.Claim, hooktest.Bind, hooktest.Release},
			answer{idempotency.Claim{}, bound, true, errDown, errExtend, nil, errDown, nil, nil},
			[]any{allCalls[1], allCalls[2], allCalls[4], allCalls[5]},
			0,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkFault(t, tt.fault, tt.of, tt.want, tt.reached, tt.took) })
		})
	}
}

func checkFault(t *testing.T, fault hooktest.Fault, of []hooktest.Method, want answer, reached []any, took time.Duration) {
	inner := &binding{}
	s, faults := hooktest.NewStore(inner)
	faults.Set(hooktest.Fault{Err: errors.New("replaced")})
	faults.Set(hooktest.Fault{})
	faults.Set(fault, of...)
	start := time.Now()
	if diff := cmp.Diff(want, callAll(t.Context(), s), sameErrors); diff != "" {
		t.Errorf("answers: %s", diff)
	}
	if diff := cmp.Diff(reached, inner.calls); diff != "" {
		t.Errorf("calls that reached the store: %s", diff)
	}
	if d := time.Since(start); d != took {
		t.Errorf("it took %v, want %v", d, took)
	}
	for _, m := range []hooktest.Method{hooktest.Claim, hooktest.Extend, hooktest.Complete, hooktest.Release, hooktest.Bind, hooktest.Forget} {
		if n := faults.Calls(m); n != 1 {
			t.Errorf("%d calls of %s, want 1", n, m)
		}
	}
}

func TestStoreDelayEndsWithTheContext(t *testing.T) {
	for _, after := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			inner := &plain{}
			s, faults := hooktest.NewStore(inner)
			faults.Set(hooktest.Fault{Delay: time.Minute, After: after})
			ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
			defer cancel()
			start := time.Now()
			c, err := s.Claim(ctx, request)
			if d := time.Since(start); c != (idempotency.Claim{}) || !errors.Is(err, context.DeadlineExceeded) || d != 250*time.Millisecond {
				t.Errorf("After %v: %+v, %v after %v, want the context's error after 250ms", after, c, err, d)
			}
			if reached := len(inner.calls) == 1; reached != after {
				t.Errorf("After %v: the call reached the store: %v", after, reached)
			}
		})
	}
}

func TestStoreTimesRunOut(t *testing.T) {
	s, faults := hooktest.NewStore(&plain{})
	faults.Set(hooktest.Fault{Err: errDown, Times: 10}, hooktest.Complete)
	var wg sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for range 100 {
		wg.Go(func() {
			if err := s.Complete(t.Context(), request.Key, 1, time.Hour); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed++
			}
		})
	}
	wg.Wait()
	if n := faults.Calls(hooktest.Complete); failed != 10 || n != 100 {
		t.Errorf("%d of %d calls failed, want 10 of 100", failed, n)
	}
}
