package tokens_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport/tokens"
)

var errDown = errors.New("connection refused")

// A vault is a secrets manager.
type vault struct {
	mu    sync.Mutex
	all   []tokens.Token
	err   error
	takes time.Duration
	calls []time.Time
}

func (v *vault) read(ctx context.Context) ([]tokens.Token, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, time.Now())
	select {
	case <-time.After(v.takes):
		return v.all, v.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (v *vault) set(err error, values ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all, v.err = nil, err
	for _, value := range values {
		v.all = append(v.all, tokens.Token{Value: value})
	}
}

func (v *vault) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.calls)
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func open(t *testing.T, values ...string) (*vault, *tokens.Source, *logBuffer) {
	t.Helper()
	v, log := new(vault), new(logBuffer)
	v.set(nil, values...)
	return v, tokens.New(v.read, &tokens.Options{Logger: slog.New(slog.NewTextHandler(log, nil))}), log
}

func want(t *testing.T, s *tokens.Source, rejected, token string) {
	t.Helper()
	if got, err := s.Token(t.Context(), rejected); got != token || err != nil {
		t.Errorf("after %q was rejected: %q, %v, want %q", rejected, got, err, token)
	}
}

// The manager is asked once by the first callers, and then as seldom as MaxAge
// says, while no request waits for it.
func TestAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s, _ := open(t, "one")
		v.takes = time.Second
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { want(t, s, "", "one") })
		}
		wg.Wait()
		if n := v.count(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		v.set(nil, "two", "one")
		time.Sleep(5 * time.Minute)
		start := time.Now()
		want(t, s, "", "one") // and the manager is asked behind
		if time.Since(start) != 0 {
			t.Error("a request waited for the manager")
		}
		time.Sleep(2 * time.Second)
		want(t, s, "", "two")
		if n := v.count(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// A token that was refused has the manager asked, but not again and again.
func TestRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s, log := open(t, "one")
		want(t, s, "", "one")
		time.Sleep(time.Minute)
		v.set(nil, "two", "one")
		want(t, s, "one", "two")
		want(t, s, "", "two")
		want(t, s, "two", "one") // the provider does not take the new one yet
		v.set(nil, "two")
		time.Sleep(time.Minute)
		if err := s.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := v.count()
		for range 100 {
			want(t, s, "two", "two")
		}
		if n := v.count() - before; n != 0 {
			t.Errorf("%d calls within the interval", n)
		}
		time.Sleep(10 * time.Second)
		for range 100 {
			want(t, s, "two", "two")
		}
		if n := v.count() - before; n != 1 {
			t.Errorf("%d calls after the interval, want 1", n)
		}
		if text := log.String(); strings.Contains(text, "one") || strings.Contains(text, "two") {
			t.Error("log:", text)
		}
	})
}

// A manager that is down for a day costs nothing but lines in the log.
func TestDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s, log := open(t, "one")
		want(t, s, "", "one")
		v.set(errDown)
		for range 24 * 60 {
			time.Sleep(time.Minute)
			want(t, s, "", "one")
		}
		want(t, s, "one", "one")
		synctest.Wait()
		if n := v.count(); n < 24*12 || n > 24*60+2 || !strings.Contains(log.String(), "refused") {
			t.Errorf("%d calls in a day", n)
		}
		v.set(nil, "two")
		time.Sleep(5 * time.Minute)
		want(t, s, "", "one")
		synctest.Wait()
		want(t, s, "", "two")
	})
}

// As long as no token is known there is none, and the error says why.
func TestDownAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s, _ := open(t)
		v.set(errDown)
		for range 3 { // the second and the third without a call
			if token, err := s.Token(t.Context(), ""); token != "" || !errors.Is(err, errDown) {
				t.Errorf("%q, %v", token, err)
			}
		}
		if n := v.count(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		v.set(nil, "one")
		time.Sleep(10 * time.Second)
		want(t, s, "", "one")

		// One that hangs, and a caller that gives up before.
		v, s, _ = open(t, "one")
		v.takes = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.Token(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		time.Sleep(5 * time.Second)
		start := time.Now()
		if err := s.Refresh(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Tokens that were withdrawn are used no more.
func TestWithdrawn(t *testing.T) {
	for name, left := range map[string][]string{"none": nil, "an empty one": {""}} {
		synctest.Test(t, func(t *testing.T) {
			v, s, log := open(t, "one")
			want(t, s, "", "one")
			v.set(nil, left...)
			if err := s.Refresh(t.Context()); err != nil {
				t.Error(err)
			}
			if token, err := s.Token(t.Context(), ""); token != "" || !errors.Is(err, tokens.ErrWithdrawn) {
				t.Errorf("%s: %q, %v", name, token, err)
			}
			if !strings.Contains(log.String(), "withdrawn") {
				t.Error("log:", log)
			}
		})
	}
}

// A panic is an error, and no token is known by it.
func TestPanics(t *testing.T) {
	s := tokens.New(func(context.Context) ([]tokens.Token, error) { panic("s3cret") }, &tokens.Options{Logger: slog.New(slog.DiscardHandler)})
	if _, err := s.Token(t.Context(), ""); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
	for _, o := range []tokens.Options{{MaxAge: -1}, {MinInterval: -1}, {Timeout: -1}, {OldAfter: -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: no panic", o)
				}
			}()
			tokens.New(new(vault).read, &o)
		}()
	}
}

// A token of 90 days is warned of, once a day.
func TestOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, s, log := open(t)
		issued := time.Now()
		v.all = []tokens.Token{{Value: "one", Issued: issued}, {Value: "zero", Issued: issued.Add(-1000 * time.Hour)}}
		for range 100 * 24 {
			want(t, s, "", "one")
			time.Sleep(time.Hour)
		}
		text := log.String()
		if n := strings.Count(text, "the token is old"); n < 9 || n > 11 || !strings.Contains(text, "days=90") || strings.Contains(text, "days=89") {
			t.Errorf("%d warnings in the last 10 of 100 days:\n%s", n, text)
		}
		if !s.Issued().Equal(issued) {
			t.Error(s.Issued())
		}
	})
}

func TestStrings(t *testing.T) {
	s := tokens.New(tokens.Strings(func(context.Context) ([]string, error) { return []string{"two", "one"}, nil }), nil)
	want(t, s, "", "two")
	want(t, s, "two", "one")
	if !s.Issued().IsZero() {
		t.Error(s.Issued())
	}
	s = tokens.New(tokens.Strings(func(context.Context) ([]string, error) { return nil, errDown }), &tokens.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := s.Refresh(t.Context()); !errors.Is(err, errDown) {
		t.Error(err)
	}
}
