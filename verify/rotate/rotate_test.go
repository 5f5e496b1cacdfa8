package rotate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

// The defaults, as documented.
const (
	maxAge      = 5 * time.Minute
	minInterval = 10 * time.Second
	timeout     = 5 * time.Second
)

func TestFirstRequestsShareOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		w.delay = time.Second
		wantCalls(t, w.manager, 0)
		errs := make(chan error)
		for range 64 {
			go func() { errs <- w.send(t, t.Context(), "s3cret") }()
		}
		for range 64 {
			wantOK(t, <-errs)
		}
		wantCalls(t, w.manager, 1)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		wantCalls(t, w.manager, 1)
	})
}

func TestNoSecretsYet(t *testing.T) {
	for _, tt := range []struct {
		name    string
		err     error
		secrets []string
		wraps   error
	}{
		{"source fails", errDown, nil, errDown},
		{"source's error is of package verify", &verify.Error{Scheme: "x", Err: verify.ErrMismatch}, nil, nil},
		{"wrapped, too", fmt.Errorf("x: %w", &verify.Error{Scheme: "x", Err: verify.ErrNoSecret}), nil, nil},
		{"no secrets in the answer", nil, nil, nil},
		{"empty secret in the answer", nil, []string{"s3cret", ""}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, rotate.Options{}, tt.secrets...)
				w.err = tt.err
				for range 30 { // ten a second for three seconds
					err := w.send(t, t.Context(), "s3cret")
					wantUndecided(t, err)
					if tt.wraps != nil && !errors.Is(err, tt.wraps) {
						t.Fatalf("error %v, want it to wrap %v", err, tt.wraps)
					}
					if strings.Contains(err.Error(), "s3cret") {
						t.Fatalf("the error holds a secret: %v", err)
					}
					time.Sleep(100 * time.Millisecond)
				}
				wantCalls(t, w.manager, 3)
				w.set(func(m *manager) { m.err, m.secrets = nil, []string{"s3cret"} })
				wantOK(t, w.send(t, t.Context(), "s3cret"))
				if log := w.logged(); !strings.Contains(log, "no webhook secrets yet") {
					t.Errorf("log: %q, want it to tell of the failures", log)
				}
			})
		})
	}
}

func TestBadAnswerIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		for _, bad := range [][]string{{"s3cret2", ""}, {"s3cret2", " "}, {"s3cret2\n"}, {"\ufeffs3cret2"}} {
			w.rotate(bad...)
			if err := w.v.Refresh(t.Context()); err == nil {
				t.Errorf("Refresh with the answer %q: no error", bad)
			}
			wantOK(t, w.send(t, t.Context(), "s3cret"))
		}
	})
}

func TestCallersComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		w.delay = 2 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		first := make(chan error)
		go func() { first <- w.send(t, ctx, "s3cret") }()
		synctest.Wait()
		second := make(chan error)
		go func() { second <- w.send(t, t.Context(), "s3cret") }()
		err := <-first
		wantUndecided(t, err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want it to wrap the context's", err)
		}
		wantOK(t, <-second)
		wantCalls(t, w.manager, 1)
	})
}

func TestSourceIsCutOff(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprintf("deaf=%v", deaf), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, rotate.Options{}, "s3cret")
				w.delay, w.deaf = time.Minute, deaf
				start := time.Now()
				wantUndecided(t, w.send(t, t.Context(), "s3cret"))
				if d := time.Since(start); d != timeout {
					t.Errorf("the request waited %v, want %v", d, timeout)
				}
				if !deaf {
					return
				}
				// A source that has not returned is not called again.
				wantUndecided(t, w.send(t, t.Context(), "s3cret"))
				if err := w.v.Refresh(t.Context()); err == nil {
					t.Error("Refresh while the source hangs: no error")
				}
				wantCalls(t, w.manager, 1)
				// What it brings in the end is welcome.
				time.Sleep(time.Minute)
				wantOK(t, w.send(t, t.Context(), "s3cret"))
				wantCalls(t, w.manager, 1)
			})
		})
	}
}

func TestSourceEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, log := 0, new(logBuffer)
		v := rotate.New(func(context.Context) ([]string, error) {
			if calls++; calls%2 == 1 {
				runtime.Goexit()
			}
			return []string{"s3cret"}, nil
		}, provider.Linktree, &rotate.Options{Logger: slog.New(slog.NewTextHandler(log, nil))})
		_, err := v.Verify(t.Context(), signed(t, "s3cret"), body)
		wantUndecided(t, err)
		synctest.Wait()
		if want := `level=ERROR msg="no webhook secrets yet" error="the source ended its goroutine"`; !strings.Contains(log.String(), want) {
			t.Errorf("log: %q, want %s", log, want)
		}
		for range 4 { // two refreshes that end so, two that don't
			time.Sleep(maxAge)
			_, err = v.Verify(t.Context(), signed(t, "s3cret"), body)
			wantOK(t, err)
			synctest.Wait()
		}
		if calls != 5 {
			t.Errorf("%d calls of the source, want 5", calls)
		}
	})
}

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret1")
		w.err = errDown
		if err := w.v.Refresh(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("Refresh: %v, want the source's error", err)
		}
		w.err = nil
		if err := w.v.Refresh(t.Context()); err != nil {
			t.Errorf("Refresh: %v", err)
		}
		wantCalls(t, w.manager, 2)
		w.rotate("s3cret2")
		if err := w.v.Refresh(t.Context()); err != nil {
			t.Errorf("Refresh: %v", err)
		}
		wantOK(t, w.send(t, t.Context(), "s3cret2"))
		wantCalls(t, w.manager, 3)
	})
}

func TestCheckHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{}, "s3cret")
		if err := w.v.CheckHeader(http.Header{}); err != nil {
			t.Errorf("before the secrets are known: %v, want nil", err)
		}
		wantCalls(t, w.manager, 0)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		wantRefused(t, w.v.CheckHeader(http.Header{}), verify.ErrMissing)
		if err := w.v.CheckHeader(signed(t, "other")); err != nil {
			t.Errorf("all headers there: %v, want nil", err)
		}
	})
}

func TestOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rotate.Options{MaxAge: time.Hour, MinInterval: time.Minute, Timeout: time.Second}, "s3cret")
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		time.Sleep(time.Minute - 1)
		wantRefused(t, w.send(t, t.Context(), "forged"), verify.ErrMismatch)
		wantCalls(t, w.manager, 1)
		time.Sleep(time.Nanosecond)
		wantRefused(t, w.send(t, t.Context(), "forged"), verify.ErrMismatch)
		wantCalls(t, w.manager, 2)
		time.Sleep(time.Hour - 1)
		wantOK(t, w.send(t, t.Context(), "s3cret"))
		synctest.Wait()
		wantCalls(t, w.manager, 2)
		w.set(func(m *manager) { m.delay = time.Minute })
		start := time.Now()
		wantRefused(t, w.send(t, t.Context(), "forged"), verify.ErrMismatch)
		if d := time.Since(start); d != time.Second {
			t.Errorf("the request waited %v, want 1s", d)
		}
	})
}

func TestNewPanics(t *testing.T) {
	panics := func(source rotate.Source, build func(...string) (*verify.Scheme, error)) (p any) {
		defer func() { p = recover() }()
		rotate.New(source, build, nil)
		return nil
	}
	if panics(nil, provider.Linktree) == nil || panics((&manager{}).source, nil) == nil {
		t.Error("New with a nil function does not panic")
	}
}

var (
	_ verify.Verifier      = (*rotate.Verifier)(nil)
	_ verify.HeaderChecker = (*rotate.Verifier)(nil)
	_ verify.Explainer     = (*rotate.Verifier)(nil)
)
