package rotate_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

func TestOldSecretsServeDuringRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret1")
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		time.Sleep(maxAge - 1)
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		wantCalls(t, w.manager, 1)

		w.rotate("s3cret2", "s3cret1")
		w.set(func(m *manager) { m.delay = 4 * time.Second })
		time.Sleep(time.Nanosecond)
		start := time.Now()
		for range 3 {
			wantOK(t, w.send(t, t.Context(), "s3cret1"))
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("requests waited %v for a refresh in the background", d)
		}
		synctest.Wait()
		wantCalls(t, w.manager, 2)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		wantOK(t, w.send(t, t.Context(), "s3cret2"))
		wantCalls(t, w.manager, 2)
		if log := w.logged(); !strings.Contains(log, "secrets changed") {
			t.Errorf("log: %q, want it to tell of the change", log)
		}
	})
}

func TestManagerDownForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret1")
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		w.set(func(m *manager) { m.err = errDown })
		for range 24 * 60 {
			time.Sleep(time.Minute)
			wantOK(t, w.send(t, t.Context(), "s3cret1"))
			wantRefused(t, w.send(t, t.Context(), "s3cret2"), verify.ErrMismatch)
		}
		w.wantPaced(t, minInterval)
		if log := w.logged(); !strings.Contains(log, "not refreshed") || !strings.Contains(log, errDown.Error()) {
			t.Errorf("log: %.200q, want it to tell of the failure and its cause", log)
		}
		w.set(func(m *manager) { m.err = nil })
		w.rotate("s3cret2")
		time.Sleep(minInterval)
		wantOK(t, w.send(t, t.Context(), "s3cret2"))
	})
}

func TestFailedRefreshIsTriedAgainInPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		w.set(func(m *manager) { m.err = errDown })
		time.Sleep(maxAge)
		for range 100 { // ten a second for ten seconds
			wantOK(t, w.send(t, t.Context(), "s3cret"))
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		wantCalls(t, w.manager, 2)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		synctest.Wait()
		wantCalls(t, w.manager, 3)
	})
}

func TestRotationIsNoticedAtTheMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret1")
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		w.rotate("s3cret2", "s3cret1")
		w.set(func(m *manager) { m.delay = 300 * time.Millisecond })

		time.Sleep(minInterval - 1)
		wantRefused(t, w.send(t, t.Context(), "s3cret2"), verify.ErrMismatch)
		wantCalls(t, w.manager, 1)

		time.Sleep(time.Nanosecond)
		errs := make(chan error)
		for range 20 {
			go func() { errs <- w.send(t, t.Context(), "s3cret2") }()
		}
		for range 20 {
			wantOK(t, <-errs)
		}
		wantCalls(t, w.manager, 2)
		wantOK(t, w.send(t, t.Context(), "s3cret1"))

		// The old one ends.
		w.rotate("s3cret2")
		time.Sleep(maxAge)
		wantOK(t, w.send(t, t.Context(), "s3cret2"))
		time.Sleep(time.Second)
		wantRefused(t, w.send(t, t.Context(), "s3cret1"), verify.ErrMismatch)
	})
}

func TestKeyIDIsOfTheNewSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret1")
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		w.rotate("s3cret2", "s3cret1")
		time.Sleep(maxAge)
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		synctest.Wait()
		env, err := w.v.Verify(t.Context(), signed(t, "s3cret1"), body)
		wantOK(t, err)
		if env.KeyID != "2" {
			t.Errorf("KeyID %q after the rotation, want %q", env.KeyID, "2")
		}
	})
}

func TestOnlyAMismatchAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{MaxAge: time.Hour}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		old := signed(t, "s3cret")
		time.Sleep(30 * time.Minute)
		malformed := signed(t, "s3cret")
		malformed.Set("X-Linktree-Signature", "zz")
		for _, tt := range []struct {
			h   http.Header
			why error
		}{
			{http.Header{}, verify.ErrMissing},
			{malformed, verify.ErrMalformed},
			{old, verify.ErrExpired},
		} {
			_, err := w.v.Verify(t.Context(), tt.h, body)
			wantRefused(t, err, tt.why)
			synctest.Wait()
			wantCalls(t, w.manager, 1)
		}
		wantRefused(t, w.send(t, t.Context(), "forged"), verify.ErrMismatch)
		wantCalls(t, w.manager, 2)
	})
}

func TestSourceMayReuseItsSlice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secrets := []string{"s3cret1"}
		v := rotate.New(func(context.Context) ([]string, error) { return secrets, nil }, provider.Linktree, nil)
		if err := v.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		secrets[0] = "s3cret2"
		if err := v.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := v.Verify(t.Context(), signed(t, "s3cret2"), body)
		wantOK(t, err)
	})
}

// However refreshes overlap, the next one is not lost.
func TestRefreshStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		for range 300 {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := w.v.Refresh(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			time.Sleep(maxAge)
			before := w.count()
			wantOK(t, w.send(t, t.Context(), "s3cret"))
			synctest.Wait()
			wantCalls(t, w.manager, before+1)
		}
	})
}
