package rotate_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

// A flood is many forged requests at once.
type flood struct {
	took      chan time.Duration
	undecided atomic.Int64
}

func (w *world) flood(t *testing.T, n int) *flood {
	f := &flood{took: make(chan time.Duration, n)}
	h := signed(t, "forged")
	for range n {
		go func() {
			start := time.Now()
			var refused *verify.Error
			if _, err := w.v.Verify(t.Context(), h, body); !errors.As(err, &refused) {
				f.undecided.Add(1)
			} else if !errors.Is(err, verify.ErrMismatch) {
				t.Errorf("forged: %v, want %v", err, verify.ErrMismatch)
			}
			f.took <- time.Since(start)
		}()
	}
	synctest.Wait()
	return f
}

func TestFloodOfForgeries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		w.set(func(m *manager) { m.delay = 3 * time.Second })
		time.Sleep(minInterval)

		const forged = 5000
		f := w.flood(t, forged)
		waiting := forged - len(f.took)
		if waiting < 1 || waiting > 64 {
			t.Errorf("%d forged requests wait for the source, want 1 to 64", waiting)
		}
		start := time.Now()
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		if d := time.Since(start); d != 0 {
			t.Errorf("a genuine request waited %v", d)
		}
		for range forged {
			if d := <-f.took; d > 3*time.Second {
				t.Errorf("a forged request waited %v, longer than the call took", d)
			}
		}
		wantCalls(t, w.manager, 2)
		// One of those that did not wait may have been signed with the secret
		// that the source was about to return.
		if got := f.undecided.Load(); got != int64(forged-waiting) {
			t.Errorf("%d requests were left undecided, want the %d that could not wait", got, forged-waiting)
		}
	})
}

func TestFloodOfForgeriesGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		w.set(func(m *manager) { m.delay = 3 * time.Second })
		h := signed(t, "forged")
		for range 600 { // a minute
			go func() { _, _ = w.v.Verify(t.Context(), h, body) }() // refused or undecided
			time.Sleep(100 * time.Millisecond)
		}
		w.wantPaced(t, minInterval)
		if n := w.count(); n < 5 || n > 8 {
			t.Errorf("%d calls of the source, want one each 10 s", n)
		}
		time.Sleep(timeout)
	})
}

// Requests that come before the source has answered don't pile up.
func TestFloodBeforeTheFirstSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		w.set(func(m *manager) { m.delay = 3 * time.Second })
		const unverified = 5000
		ended := make(chan error, unverified)
		for range unverified {
			go func() {
				_, err := w.v.Verify(t.Context(), http.Header{}, body)
				ended <- err
			}()
		}
		synctest.Wait()
		if waiting := unverified - len(ended); waiting < 1 || waiting > 64 {
			t.Errorf("%d unverified wait for the source, want 1 to 64", waiting)
		}
		for range unverified - 64 {
			wantUndecided(t, <-ended)
		}
		for range 64 {
			wantRefused(t, <-ended, verify.ErrMissing)
		}
		wantCalls(t, w.manager, 1)
	})
}
