package rotate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

// A source that answers that there are no secrets withdraws the old ones, which
// may have leaked.
func TestWithdrawnSecretsAreRefused(t *testing.T) {
	for name, none := range map[string][]string{"none": nil, "an empty list": {}, "an empty one": {""}, "blank ones": {" ", "\n"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, rotate.Options{}, "s3cret1")
				wantOK(t, w.send(t, t.Context(), "s3cret1"))
				w.rotate(none...)
				time.Sleep(maxAge)
				wantOK(t, w.send(t, t.Context(), "s3cret1")) // starts the call that withdraws it
				synctest.Wait()
				for range 3 * 60 {
					wantRefused(t, w.send(t, t.Context(), "s3cret1"), verify.ErrNoSecret)
					time.Sleep(time.Second)
				}
				w.wantPaced(t, minInterval)
				if err := w.v.CheckHeader(signed(t, "s3cret1")); err != nil {
					t.Errorf("CheckHeader: %v, but Verify may find new secrets", err)
				}
				if log := w.logged(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "secrets withdrawn") {
					t.Errorf("log: %q, want one error that tells of the withdrawal", log)
				}

				w.rotate("s3cret2")
				time.Sleep(minInterval)
				wantOK(t, w.send(t, t.Context(), "s3cret2"))
				wantRefused(t, w.send(t, t.Context(), "s3cret1"), verify.ErrMismatch)
			})
		})
	}
}

func TestWithdrawnThenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		w.rotate()
		if err := w.v.Refresh(t.Context()); !errors.Is(err, verify.ErrNoSecret) {
			t.Errorf("Refresh: %v, want %v", err, verify.ErrNoSecret)
		}
		w.set(func(m *manager) { m.err = errDown })
		time.Sleep(minInterval)
		wantRefused(t, w.send(t, t.Context(), "s3cret"), verify.ErrNoSecret)
		if log := w.logged(); !strings.Contains(log, "were withdrawn: all requests are refused") || !strings.Contains(log, errDown.Error()) {
			t.Errorf("log: %q, want it to tell of the failure after the withdrawal", log)
		}
		// A bad answer withdraws nothing and restores nothing.
		w.set(func(m *manager) { m.err = nil })
		w.rotate("s3cret", "")
		time.Sleep(minInterval)
		wantRefused(t, w.send(t, t.Context(), "s3cret"), verify.ErrNoSecret)
		// The same secret may come back.
		w.rotate("s3cret")
		time.Sleep(minInterval)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
	})
}

// However many requests wait for new secrets after a withdrawal, none is
// undecided.
func TestFloodAfterWithdrawal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		w.rotate()
		if err := w.v.Refresh(t.Context()); err == nil {
			t.Fatal("Refresh: no error")
		}
		w.set(func(m *manager) { m.delay = 3 * time.Second })
		time.Sleep(minInterval)
		errs := make(chan error, 1000)
		for range 1000 {
			go func() { errs <- w.send(t, t.Context(), "s3cret") }()
		}
		synctest.Wait()
		if waiting := 1000 - len(errs); waiting < 1 || waiting > 64 {
			t.Errorf("%d requests wait for the source, want 1 to 64", waiting)
		}
		for range 1000 {
			wantRefused(t, <-errs, verify.ErrNoSecret)
		}
	})
}

// A source that never returns is an error in the log: until it does, no secrets
// are refreshed.
func TestHangIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret1")
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		w.rotate("s3cret2")
		w.set(func(m *manager) { m.delay, m.deaf = 12*time.Minute, true })
		time.Sleep(maxAge)
		wantOK(t, w.send(t, t.Context(), "s3cret1"))
		time.Sleep(timeout)
		if log := w.logged(); log != "" {
			t.Errorf("log: %q, but the source may still be about to return", log)
		}
		time.Sleep(time.Second)
		for i, want := range []string{"for=6s", "for=5m6s", "for=10m6s"} {
			log := w.logged()
			if strings.Count(log, "level=ERROR") != i+1 || !strings.Contains(log, "hangs") || !strings.Contains(log, want) {
				t.Errorf("log: %q, want %d errors that tell of the hang, the last %s", log, i+1, want)
			}
			wantOK(t, w.send(t, t.Context(), "s3cret1")) // the last good ones stay in use
			time.Sleep(maxAge)
		}
		w.set(func(m *manager) { m.delay = 0 })
		wantOK(t, w.send(t, t.Context(), "s3cret2")) // the source has returned
		if log := w.logged(); strings.Count(log, "level=ERROR") != 3 {
			t.Errorf("log: %q, want no more errors", log)
		}
	})
}

// A source that returns when its time is up is an error in the log, too.
func TestTimeoutIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		w.set(func(m *manager) { m.delay = time.Hour })
		time.Sleep(maxAge)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		time.Sleep(timeout + 2*time.Second)
		want := `level=ERROR msg="webhook secrets not refreshed, the last good ones stay in use" error="the source did not answer within 5s: context deadline exceeded"`
		if log := w.logged(); strings.Count(log, "\n") != 1 || !strings.Contains(log, want) {
			t.Errorf("log: %q, want one line: %s", log, want)
		}
		if err := w.v.Refresh(t.Context()); !strings.Contains(err.Error(), "did not answer within 5s") {
			t.Errorf("Refresh: %v", err)
		}
		synctest.Wait()
	})
}

func TestExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		h := signed(t, "s3cret")
		if e := w.v.Explain(h, nil, nil); e.Err == nil || e.Matched || !e.HeadersOnly {
			t.Errorf("before the secrets are known: %+v", e)
		}
		if err := w.v.ExplainID(nil, body); err != nil {
			t.Errorf("ExplainID before the secrets are known: %v", err)
		}
		wantCalls(t, w.manager, 0)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		if err := w.v.ExplainID(nil, body); err == nil || !strings.Contains(err.Error(), "X-Linktree-Delivery-Id is missing") {
			t.Errorf("ExplainID without an id: %v", err)
		}
		if e := w.v.Explain(h, append(body[:len(body):len(body)], '\n'), nil); !e.Matched || !e.Has(verify.MistakeBodyEnd) {
			t.Errorf("a newline more: %v", e)
		}
		w.rotate()
		_ = w.v.Refresh(context.Background()) // its error is the withdrawal
		if err := w.v.ExplainID(nil, body); err != nil {
			t.Errorf("ExplainID once the secrets are withdrawn: %v", err)
		}
		if e := w.v.Explain(h, body, nil); !errors.Is(e.Err, verify.ErrNoSecret) || e.Matched || e.HeadersOnly {
			t.Errorf("withdrawn: %+v", e)
		}
	})
}
