package hooktest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A receiver verifies, notes what it saw, and fails the first so many times.
type receiver struct {
	t     *testing.T
	s     *verify.Scheme
	fail  int
	mu    sync.Mutex
	seen  []verify.Envelope
	times []time.Time
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	env, _, err := received(rc.t, rc.s, r)
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if err != nil {
		rc.t.Errorf("received: %v", err)
	}
	rc.seen = append(rc.seen, env)
	rc.times = append(rc.times, time.Now())
	if len(rc.seen) <= rc.fail {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok")
}

// sender returns a Sender to a Server for h.
func sender(t *testing.T, s verify.Signer, h http.Handler) *hooktest.Sender {
	srv := hooktest.NewServer(t, h)
	return &hooktest.Sender{URL: srv.URL, Signer: s, Client: srv.Client()}
}

func TestSendRetriesOnSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		rc := &receiver{t: t, s: s, fail: 3}
		start := time.Now()
		attempts := sender(t, s, rc).Send(t.Context(), hooktest.NewEvent("link.created", nil))

		if d := time.Since(start); d != (10+30+90)*time.Second {
			t.Errorf("it took %v, want 10 s + 30 s + 90 s", d)
		}
		var statuses []int
		var offsets []time.Duration
		for i, a := range attempts {
			statuses = append(statuses, a.Status)
			offsets = append(offsets, a.Start.Sub(start))
			if !rc.times[i].Equal(a.Start) {
				t.Errorf("attempt %d at %v, received at %v", i, a.Start, rc.times[i])
			}
		}
		if diff := cmp.Diff([]int{503, 503, 503, 200}, statuses); diff != "" {
			t.Errorf("statuses: %s", diff)
		}
		if diff := cmp.Diff([]time.Duration{0, 10 * time.Second, 40 * time.Second, 130 * time.Second}, offsets); diff != "" {
			t.Errorf("attempts at: %s", diff)
		}
		for i, env := range rc.seen {
			if env.ID != rc.seen[0].ID || !env.Time.Equal(rc.times[i].Truncate(time.Second)) {
				t.Errorf("attempt %d: %+v, want the first's id and the time of sending", i, env)
			}
		}
		if last := attempts[3]; !last.OK() || string(last.Body) != "ok" || attempts[0].OK() || attempts[0].Header.Get("Retry-After") != "1" {
			t.Errorf("attempts: %+v", attempts)
		}
	})
}

func TestSendGivesUp(t *testing.T) {
	for _, tt := range []struct {
		name    string
		retries []time.Duration
		tries   int
		took    time.Duration
	}{
		{"default", nil, 6, 1210 * time.Second},
		{"own", []time.Duration{time.Hour}, 2, time.Hour},
		{"none", []time.Duration{}, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scheme(t, "linktree")
				rc := &receiver{t: t, s: s, fail: 100}
				sd := sender(t, s, rc)
				sd.Retries = tt.retries
				start := time.Now()
				attempts := sd.Send(t.Context(), hooktest.Event{Body: []byte("{}")})
				if d := time.Since(start); len(attempts) != tt.tries || d != tt.took {
					t.Errorf("%d attempts in %v, want %d in %v", len(attempts), d, tt.tries, tt.took)
				}
				for _, env := range rc.seen {
					if env.ID == "" || env.ID != rc.seen[0].ID {
						t.Errorf("ids %q and %q, want the same", env.ID, rc.seen[0].ID)
					}
				}
			})
		})
	}
}

func TestSendStopsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		start := time.Now()
		attempts := sender(t, s, &receiver{t: t, s: s, fail: 100}).Send(ctx, hooktest.Event{Body: []byte("{}")})
		if d := time.Since(start); len(attempts) != 2 || d != 15*time.Second {
			t.Errorf("%d attempts in %v, want 2 in 15s", len(attempts), d)
		}
	})
}

func TestSendRetriesWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		sd := sender(t, scheme(t, "linktree"), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if calls++; calls == 1 {
				panic(http.ErrAbortHandler)
			}
		}))
		attempts := sd.Send(t.Context(), hooktest.NewEvent("x", nil))
		if len(attempts) != 2 || attempts[0].Err == nil || attempts[0].Status != 0 || !attempts[1].OK() {
			t.Errorf("attempts: %+v, want one without an answer and one that is OK", attempts)
		}
	})
}

func TestSendCutAnswerIsNotOK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sd := sender(t, scheme(t, "linktree"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "not all")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}))
		a := sd.Post(t.Context(), hooktest.NewEvent("x", nil))
		if a.Status != 200 || a.Err == nil || a.OK() {
			t.Errorf("attempt: %+v, want its error", a)
		}
	})
}

func TestSendUnsignable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		public, err := provider.StandardWebhooks("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=")
		if err != nil {
			t.Fatal(err)
		}
		sd := sender(t, public, http.NotFoundHandler())
		attempts := sd.Send(t.Context(), hooktest.NewEvent("x", nil))
		if len(attempts) != 1 || !errors.Is(attempts[0].Err, verify.ErrNoSecret) {
			t.Errorf("attempts: %+v, want one, with the signer's error", attempts)
		}
	})
}

func TestPostWithOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		rc := &receiver{t: t, s: s}
		ev := hooktest.NewEvent("x", nil)
		ev.Time = time.Now().Add(-time.Minute)
		if a := sender(t, s, rc).Post(t.Context(), ev); !a.OK() || !rc.seen[0].Time.Equal(ev.Time) {
			t.Errorf("%+v, received %+v, want it signed at %v", a, rc.seen, ev.Time)
		}
	})
}

func TestDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		rc := &receiver{t: t, s: s}
		arrived := make(chan struct{}, 50)
		all := make(chan struct{})
		sd := sender(t, s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			arrived <- struct{}{}
			<-all
			rc.ServeHTTP(w, r)
		}))
		go func() {
			synctest.Wait()
			if len(arrived) != 50 {
				t.Errorf("%d of 50 at once", len(arrived))
			}
			close(all)
		}()
		attempts := sd.Duplicates(t.Context(), hooktest.Event{Body: []byte("{}")}, 50)
		for i, a := range attempts {
			if !a.OK() || rc.seen[i].ID != rc.seen[0].ID {
				t.Errorf("attempt %d: %+v, received %+v", i, a, rc.seen[i])
			}
		}
	})
}

func TestAbandon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		var noticed time.Duration
		start := time.Now()
		sd := sender(t, s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, _, err := received(t, s, r); err != nil {
				t.Errorf("received: %v, want the whole request", err)
			}
			<-r.Context().Done()
			noticed = time.Since(start)
		}))
		a := sd.Abandon(t.Context(), hooktest.NewEvent("x", nil), 3*time.Second)
		synctest.Wait()
		if !errors.Is(a.Err, context.DeadlineExceeded) || noticed != 3*time.Second {
			t.Errorf("attempt %+v, noticed after %v, want 3s", a, noticed)
		}
	})
}

func TestTruncate(t *testing.T) {
	body := make([]byte, 100_000)
	for i := range body {
		body[i] = byte(i)
	}
	for _, size := range []int{0, 1, 2, 100, 100_000} {
		synctest.Test(t, func(t *testing.T) {
			calls, got, readErr := 0, 0, error(nil)
			sd := sender(t, scheme(t, "linktree"), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				calls++
				var b []byte
				b, readErr = io.ReadAll(r.Body)
				got = len(b)
			}))
			a := sd.Truncate(t.Context(), hooktest.Event{Body: body[:size]})
			synctest.Wait()
			if !errors.Is(a.Err, io.ErrUnexpectedEOF) || a.OK() {
				t.Errorf("%d bytes: attempt %+v, want unexpected EOF", size, a)
			}
			if calls != 1 || readErr == nil || got > size/2 {
				t.Errorf("%d bytes: %d requests, the last with %d of them and %v", size, calls, got, readErr)
			}
		})
	}
}

func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var method string
		sd := sender(t, nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { method = r.Method }))
		if a := sd.Ping(t.Context()); !a.OK() || method != http.MethodHead {
			t.Errorf("%s: %+v", method, a)
		}
	})
}

func TestBadURL(t *testing.T) {
	sd := &hooktest.Sender{URL: "http://bad host/", Signer: scheme(t, "linktree")}
	if a := sd.Post(t.Context(), hooktest.NewEvent("x", nil)); a.Err == nil {
		t.Error("Post: no error")
	}
	if a := sd.Ping(t.Context()); a.Err == nil {
		t.Error("Ping: no error")
	}
}

func TestSenderOverSockets(t *testing.T) {
	s := scheme(t, "linktree")
	rc := &receiver{t: t, s: s, fail: 2}
	srv := httptest.NewServer(rc)
	defer srv.Close()
	sd := &hooktest.Sender{URL: srv.URL, Signer: s, Retries: []time.Duration{0, 0, 0}}
	if attempts := sd.Send(t.Context(), hooktest.NewEvent("x", nil)); len(attempts) != 3 || !attempts[2].OK() {
		t.Errorf("attempts: %+v", attempts)
	}
}
