package middleware_test

import (
	"context"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestBeginExits: a store that exits the goroutine in Begin keeps no claim.
func TestBeginExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, nil, middleware.OnceOptions{})
		store := &txStore{Store: rig.store, beginErr: errExit}
		srv := hooktest.NewServer(t, rig.ep.Receiver(rig.scheme, store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil))
		ev := created()
		if a := do(srv.Client(), rig.request(srv.URL, ev)); a.err == nil && a.status < 500 {
			t.Errorf("answer %d %q", a.status, a.body)
		}
		synctest.Wait()
		if want := []string{"begin", "release"}; !slices.Equal(store.record, want) {
			t.Errorf("the store was told %q, want %q", store.record, want)
		}
		time.Sleep(time.Minute)
		if n := rig.faults.Calls(hooktest.Extend); n != 0 {
			t.Errorf("the lease of a request that is gone was extended %d times", n)
		}
		if err := rig.ep.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// TestExtendExits: a store that exits the goroutine in Extend is asked again, and a
// handler whose lease can't be extended is told.
func TestExtendExits(t *testing.T) {
	for _, times := range []int{1, 0} { // 0: always
		synctest.Test(t, func(t *testing.T) {
			var runs, told atomic.Int64
			rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
				runs.Add(1)
				select {
				case <-r.Context().Done():
					told.Add(1)
					w.WriteHeader(500)
				case <-time.After(25 * time.Second):
				}
			}, middleware.OnceOptions{})
			rig.faults.Set(hooktest.Fault{Err: errExit, Times: times}, hooktest.Extend)
			srv, ev := hooktest.NewServer(t, rig.h), created()
			first := make(chan answer, 1)
			go func() { first <- do(srv.Client(), rig.request(srv.URL, ev)) }()
			if times == 0 {
				(<-first).want(t, 500, "")
				if told.Load() != 1 {
					t.Error("the handler was not told that its claim is lost")
				}
				return
			}
			time.Sleep(20 * time.Second)
			do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
			(<-first).want(t, 200, received)
			if runs.Load() != 1 {
				t.Errorf("the handler ran %d times", runs.Load())
			}
		})
	}
}

// TestCompleteExits: a store that exits the goroutine in Complete is told later.
func TestCompleteExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		rig := newRig(t, func(http.ResponseWriter, *http.Request) { runs.Add(1) }, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errExit, Times: 1}, hooktest.Complete)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		if a := do(srv.Client(), rig.request(srv.URL, ev)); a.err == nil && a.status != 503 {
			t.Errorf("answer %d %q", a.status, a.body)
		}
		time.Sleep(20 * time.Second)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
		rig.wantResults(middleware.Unavailable, middleware.CompletedLate, middleware.Duplicate)
		if runs.Load() != 1 {
			t.Errorf("the handler ran %d times", runs.Load())
		}
	})
}

// TestLateCompleteExits: a late completion that a store exits is given up, and the
// outcome says so.
func TestLateCompleteExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, nil, middleware.OnceOptions{})
		store := &scriptedStore{Store: rig.store, script: []error{errDown, errExit}}
		rig.h = rig.ep.Receiver(rig.scheme, store, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		time.Sleep(time.Second)
		rig.wantResults(middleware.Unavailable, middleware.Abandoned)
		if n := rig.ep.Completing(); n != 0 {
			t.Errorf("%d completions are kept", n)
		}
		time.Sleep(middleware.DefaultLease)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, received)
		if err := rig.ep.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// A scriptedStore fails its first completions by a script.
type scriptedStore struct {
	idempotency.Store
	script []error
}

func (s *scriptedStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if len(s.script) > 0 {
		err := s.script[0]
		s.script = s.script[1:]
		return panicked(err)
	}
	return s.Store.Complete(ctx, key, fence, retain)
}

// TestUsedPanics: a transaction that can't say whether it was used is rolled back,
// and the delivery has failed.
func TestUsedPanics(t *testing.T) {
	for _, status := range []int{200, 503} {
		rig := newRig(t, nil, middleware.OnceOptions{})
		store := &txStore{Store: rig.store, broken: true}
		rig.h = silent(rig.ep.Receiver(rig.scheme, store, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }), nil))
		ev, want := created(), max(status, 500)
		if a := rig.post(ev); a.status != want {
			t.Errorf("the handler answered %d, and the answer is %d, want %d", status, a.status, want)
		}
		rig.wantResults(middleware.Failed)
		if want := []string{"begin", "rollback", "release"}; !slices.Equal(store.record, want) {
			t.Errorf("the store was told %q, want %q", store.record, want)
		}
		store.broken = false
		if a := rig.post(ev); a.status != status {
			t.Errorf("the retry is answered with %d, want %d", a.status, status)
		}
	}
}
