package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// TestDurationUnknown: without Capture nothing notes when a delivery was received.
func TestDurationUnknown(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	h := rig.ep.Once(rig.store, nil)(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	d := &hooklatch.Delivery{Envelope: verify.Envelope{Provider: "queue", ID: "1"}}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	h.ServeHTTP(httptest.NewRecorder(), r.WithContext(hooklatch.NewContext(r.Context(), d)))
	rig.wantResults(middleware.Completed)
	if got := rig.outcomes[0].Duration; got != 0 {
		t.Errorf("duration %v", got)
	}
}

// TestLogsKeepSecrets: the log never has a body, a signature or a secret, and an
// address only on request.
func TestLogsKeepSecrets(t *testing.T) {
	const marker = "do-not-log-this"
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, middleware.OnceOptions{})
	url := rig.socket()
	ev := hooktest.NewEvent("link.created", map[string]string{"title": marker})
	req := rig.request(url, ev)
	signature := req.Header.Get("X-Linktree-Signature")
	do(rig.client, req)
	bad := rig.request(url, ev)
	bad.Header.Set("X-Linktree-Signature", marker)
	do(rig.client, bad)
	wrong := rig.request(url, ev)
	wrong.Header.Set("X-Linktree-Signature", strings.Repeat("ab", 32))
	do(rig.client, wrong)
	long := ev
	long.ID = strings.Repeat("i", 3000)
	rig.send(url, long)
	rig.wantResults(middleware.Failed, middleware.Refused, middleware.Refused, middleware.BadID)
	log := rig.logged()
	for _, secret := range []string{marker, signature, strings.Repeat("ab", 32), "a secret of the test", "127.0.0.1", strings.Repeat("i", 300)} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q:\n%s", secret, log)
		}
	}
	for _, part := range []string{"provider=linktree", "id=" + ev.ID, "outcome=failed", "duration="} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %q:\n%s", part, log)
		}
	}

	var named bytes.Buffer
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.NewTextHandler(&named, nil)), LogClient: true})
	ep.Accept(nil)(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodHead, "/", nil))
	if !strings.Contains(named.String(), "client=192.0.2.1:1234") {
		t.Errorf("the client was asked for and is not in the log: %s", named.String())
	}
}

// TestPanicsInTheBackground: no server recovers from panics outside of a request.
func TestPanicsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRigFor(t, func(http.ResponseWriter, *http.Request) { time.Sleep(7 * time.Second) }, middleware.OnceOptions{}, middleware.EndpointOptions{Observe: func(_ context.Context, o middleware.Outcome) {
			if o.Result == middleware.CompletedLate {
				panic("the observer's own")
			}
		}})
		rig.faults.Set(hooktest.Fault{Err: errPanic, Times: 1}, hooktest.Extend)
		rig.faults.Set(hooktest.Fault{Err: errDown, Times: 1}, hooktest.Complete)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		time.Sleep(time.Second)
		if !strings.Contains(rig.logged(), "the observer's own") {
			t.Errorf("the panic is not in the log:\n%s", rig.logged())
		}
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
	})
}

// errHandler is a handler's own error.
var errHandler = errors.New("the handler's own error")

// TestOutcomeOfRouter: what dispatch.Mux knows of a delivery's end reaches the
// Outcome, with the handler's own error, and the log has one line.
func TestOutcomeOfRouter(t *testing.T) {
	errHook := errors.New("the hook's own error")
	returns := func(err error) dispatch.HandlerFunc {
		return func(context.Context, *hooklatch.Delivery) error { return err }
	}
	explodes := func(context.Context, *hooklatch.Delivery) error { panic(errHandler) }
	takes := func(err error) func(context.Context, *hooklatch.Delivery, error) error {
		return func(context.Context, *hooklatch.Delivery, error) error { return err }
	}
	permanent := dispatch.Permanent(errHandler)
	for _, tt := range []struct {
		name   string
		h      dispatch.HandlerFunc // nil: the type is unknown
		dead   func(context.Context, *hooklatch.Delivery, error) error
		retry  bool // Mux.RetryUnknown
		status int
		result middleware.Result
		level  string
		errs   []error
		log    string // that the line has beside the rest
	}{
		{"handled", returns(nil), nil, false, 200, middleware.Completed, "INFO", nil, ""},
		{"failed", returns(errHandler), nil, false, 500, middleware.Failed, "ERROR", []error{errHandler}, ""},
		{"to be tried later", returns(dispatch.RetryAfter(errHandler, time.Minute)), nil, false, 503, middleware.Failed, "ERROR", []error{errHandler}, ""},
		{"permanent without a hook", returns(permanent), nil, false, 500, middleware.Failed, "ERROR", []error{errHandler}, ""},
		{"panicked", explodes, nil, false, 500, middleware.Panicked, "ERROR", []error{errHandler}, "outcome_test.go"},
		{"exited", func(context.Context, *hooklatch.Delivery) error { runtime.Goexit(); return nil }, nil, false, 500, middleware.Panicked, "ERROR", nil, "did not return"},
		{"dead-lettered", returns(permanent), takes(nil), false, 200, middleware.DeadLettered, "WARN", []error{errHandler}, ""},
		{"hook fails", returns(permanent), takes(errHook), false, 500, middleware.Failed, "ERROR", []error{errHandler, errHook}, ""},
		{"hook panics", returns(permanent), func(context.Context, *hooklatch.Delivery, error) error { panic(errHook) }, false, 500, middleware.Failed, "ERROR", []error{errHandler, errHook}, "outcome_test.go"},
		{"unknown type", nil, nil, false, 200, middleware.UnknownType, "WARN", nil, "link.created"},
		{"unknown type, to be tried later", nil, nil, true, 503, middleware.UnknownType, "WARN", []error{dispatch.ErrUnknownType}, "link.created"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rig := newRig(t, nil, middleware.OnceOptions{})
			mux := &dispatch.Mux{Logger: rig.logger(), DeadLetter: tt.dead, RetryUnknown: tt.retry}
			if tt.h != nil {
				mux.Handle("link.created", tt.h)
			}
			rig.h = rig.ep.Receiver(rig.scheme, rig.store, mux, nil)
			w := httptest.NewRecorder()
			done := make(chan struct{})
			go func() { // which the handler may exit
				defer close(done)
				rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
			}()
			<-done
			if w.Code != tt.status {
				t.Errorf("status %d, want %d", w.Code, tt.status)
			}
			rig.wantResults(tt.result)
			out := rig.last()
			for _, want := range tt.errs {
				if !errors.Is(out.Err, want) {
					t.Errorf("the outcome's error is %v, want %v", out.Err, want)
				}
			}
			if tt.errs == nil && tt.level == "INFO" && out.Err != nil {
				t.Errorf("the outcome's error is %v, want none", out.Err)
			}
			log := rig.logged()
			if strings.Count(log, "level=") != 1 || !strings.Contains(log, "level="+tt.level) || !strings.Contains(log, tt.log) {
				t.Errorf("the log should have one line, of level %s and with %q:\n%s", tt.level, tt.log, log)
			}
		})
	}
}

// TestOutcomeOfHandler: plain handlers, and a store that fails, make one ERROR line
// too.
func TestOutcomeOfHandler(t *testing.T) {
	for _, tt := range []struct {
		name    string
		h       http.HandlerFunc
		fault   error // of Complete, once
		results []middleware.Result
		is      error
	}{
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, nil, []middleware.Result{middleware.Failed}, nil},
		{"panic", func(http.ResponseWriter, *http.Request) { panic(errHandler) }, nil, []middleware.Result{middleware.Panicked}, nil},
		{"reported", func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Failed, errHandler)
		}, nil, []middleware.Result{middleware.Failed}, errHandler},
		{"reported, and then panic", func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Failed, errHandler)
			panic("no")
		}, nil, []middleware.Result{middleware.Failed}, errHandler},
		{"reported twice", func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.UnknownType, nil)
			hooklatch.Report(r.Context(), hooklatch.Failed, errHandler)
			hooklatch.Report(r.Context(), hooklatch.Panicked, errors.New("another"))
			hooklatch.Report(r.Context(), hooklatch.Handled, nil)
		}, nil, []middleware.Result{middleware.Failed}, errHandler},
		{"store fails", func(http.ResponseWriter, *http.Request) {}, errDown, []middleware.Result{middleware.Unavailable, middleware.CompletedLate}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := newRig(t, tt.h, middleware.OnceOptions{})
				if tt.fault != nil {
					rig.faults.Set(hooktest.Fault{Err: tt.fault, Times: 1}, hooktest.Complete)
				}
				func() {
					defer func() { _ = recover() }() // net/http has a line of its own
					rig.post(created())
				}()
				time.Sleep(time.Second)
				rig.wantResults(tt.results...)
				if tt.is != nil && !errors.Is(rig.last().Err, tt.is) {
					t.Errorf("the outcome's error is %v, want %v", rig.last().Err, tt.is)
				}
				if log := rig.logged(); strings.Count(log, "level=ERROR") != 1 {
					t.Errorf("the log should have one line of level ERROR:\n%s", log)
				}
			})
		})
	}
}

// TestUnexplainedFailure: a failure needs no reason.
func TestUnexplainedFailure(t *testing.T) {
	rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
		if !hooklatch.Report(r.Context(), hooklatch.Failed, nil) {
			t.Error("the report was not taken")
		}
	}, middleware.OnceOptions{})
	rig.post(created()).want(t, 500, "Internal server error")
	rig.wantResults(middleware.Failed)
	if rig.last().Err == nil {
		t.Error("the outcome has no error")
	}
}

// TestRefusedLines: the log line of a refused request names endpoint, tenant,
// provider and path.
func TestRefusedLines(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	h := middleware.Chain(
		rig.ep.Accept(rig.scheme), rig.ep.Capture(0, nil),
		rig.ep.VerifyFor(middleware.Header("X-Tenant"), func(_ context.Context, tenant string) (verify.Verifier, error) {
			if tenant != "ann" {
				return nil, verify.ErrNoSecret
			}
			return rig.scheme, nil
		}),
	)(http.NotFoundHandler())
	for _, tt := range []struct {
		name, header, value string
		line                []string
		level               string
	}{
		{"unsigned", "X-Linktree-Signature", "", []string{"provider=linktree", "outcome=unsigned"}, "INFO"},
		{"malformed", "X-Linktree-Signature", "abc", []string{"provider=linktree", "outcome=refused"}, "WARN"},
		{"stale", "X-Linktree-Timestamp", "1000000000", []string{"provider=linktree", "outcome=refused"}, "WARN"},
		{"wrong", "X-Linktree-Signature", strings.Repeat("ab", 32), []string{"provider=linktree", "tenant=ann", "outcome=refused"}, "WARN"},
		{"unknown tenant", "X-Tenant", "eve", []string{"tenant=eve", "outcome=refused"}, "WARN"},
	} {
		rig.log.Reset()
		r := hooktest.NewRequest(t, "/webhooks/long?query=hidden", rig.scheme, created())
		r.Header.Set("X-Tenant", "ann")
		r.Header.Set(tt.header, tt.value)
		if tt.value == "" {
			r.Header.Del(tt.header)
		}
		serveDirectly(h, r)
		for _, part := range append(tt.line, "endpoint=test", "path=/webhooks/long", "level="+tt.level) {
			if !strings.Contains(rig.logged(), part) {
				t.Errorf("%s: the line lacks %q:\n%s", tt.name, part, rig.logged())
			}
		}
		if strings.Contains(rig.logged(), "hidden") || strings.Count(rig.logged(), "level=") != 1 {
			t.Errorf("%s: want one line without the query:\n%s", tt.name, rig.logged())
		}
	}
	rig.log.Reset()
	long := hooktest.NewRequest(t, "/"+strings.Repeat("x", 10_000), rig.scheme, created())
	long.Header.Del("X-Linktree-Signature")
	serveDirectly(h, long)
	if len(rig.logged()) > 1000 {
		t.Errorf("%d bytes of log for a long path", len(rig.logged()))
	}
}

// TestQuietLines: WARN is for what a person should look at, which scans and the
// sender's own probes are not.
func TestQuietLines(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodPost, http.MethodDelete} {
		serveDirectly(rig.h, httptest.NewRequest(method, "/", strings.NewReader("scan")))
	}
	ev := created()
	rig.post(ev)
	rig.post(ev)
	rig.wantResults(middleware.Probed, middleware.MethodNotAllowed, middleware.Unsigned, middleware.MethodNotAllowed, middleware.Completed, middleware.Duplicate)
	if log := rig.logged(); strings.Count(log, "level=INFO") != 6 || strings.Count(log, "level=") != 6 {
		t.Errorf("want six lines of level INFO:\n%s", log)
	}
}

// TestClaimedIDIsLogged: the log has the id that OnceOptions.ID made.
func TestClaimedIDIsLogged(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{
		ID: func(d *hooklatch.Delivery) string { return "order-17" },
	})
	ev := created()
	rig.post(ev)
	if log := rig.logged(); !strings.Contains(log, "claimed_id=order-17") || !strings.Contains(log, "id="+ev.ID) {
		t.Errorf("the log lacks an id:\n%s", log)
	}
	if got := rig.last().ID; got != "order-17" {
		t.Errorf("the outcome's id is %q", got)
	}
	plain := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
	plain.post(ev)
	if log := plain.logged(); strings.Contains(log, "claimed_id") || plain.last().ID != ev.ID {
		t.Errorf("an id that is the provider's own is logged twice:\n%s", log)
	}
}

// TestReplayIsLogged: the log says why a delivery that never came before is a
// duplicate.
func TestReplayIsLogged(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
	ev := created()
	ev.Time = time.Now()
	rig.post(ev).want(t, 200, received)
	ev.ID = "another"
	rig.post(ev).want(t, 200, duplicate)
	if log := rig.logged(); !rig.last().Replay || !strings.Contains(log, "same signature under another id") || !strings.Contains(log, "level=WARN") {
		t.Errorf("the log does not tell that it was a replay:\n%s", log)
	}
}

// TestObserverPanics: an observer's panic neither ends the program nor changes an
// answer.
func TestObserverPanics(t *testing.T) {
	fails := false
	rig := newRigFor(t, func(w http.ResponseWriter, _ *http.Request) {
		if fails {
			w.WriteHeader(503)
		}
	}, middleware.OnceOptions{}, middleware.EndpointOptions{
		Observe: func(context.Context, middleware.Outcome) { panic("the observer's own") },
	})
	ev := created()
	fails = true
	rig.post(ev).want(t, 503, "")
	fails = false
	rig.post(ev).want(t, 200, received)
	rig.post(ev).want(t, 200, duplicate)
	if n := strings.Count(rig.logged(), "webhook observer panicked"); n != 3 || !strings.Contains(rig.logged(), "the observer's own") {
		t.Errorf("the log tells %d times of the observer, want 3:\n%s", n, rig.logged())
	}
}

// TestOwnLayerReports: requests that a program's own layer ends are logged and
// counted like those that the kit's layers end.
func TestOwnLayerReports(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	paused := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rig.ep.Report(r, middleware.Outcome{Endpoint: "ignored", Result: "paused", Err: errHandler})
			w.WriteHeader(503)
		})
	}
	ev := created()
	h := middleware.Chain(rig.ep.Capture(0, nil), rig.ep.Verify(rig.scheme), paused)(http.NotFoundHandler())
	serveDirectly(h, hooktest.NewRequest(t, "/", rig.scheme, ev)).want(t, 503, "")
	out := rig.last()
	if out.Endpoint != "test" || out.Delivery == nil || out.Delivery.ID != ev.ID || out.Duration <= 0 {
		t.Errorf("outcome %+v", out)
	}
	for _, part := range []string{"webhook paused", "endpoint=test", "id=" + ev.ID, "outcome=paused", errHandler.Error()} {
		if !strings.Contains(rig.logged(), part) {
			t.Errorf("the line lacks %q:\n%s", part, rig.logged())
		}
	}
}

// TestRollingDeploy: an old version leaves events of a type that only the new one
// knows to the new one.
func TestRollingDeploy(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	handled := 0
	version := func(types ...string) http.Handler {
		mux := &dispatch.Mux{RetryUnknown: true, Logger: rig.logger()}
		for _, typ := range types {
			mux.Handle(typ, dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { handled++; return nil }))
		}
		return rig.ep.Receiver(rig.scheme, rig.store, mux, nil)
	}
	before, after := version("link.created"), version("link.created", "theme.sold")
	for range 10 {
		ev := hooktest.NewEvent("theme.sold", nil)
		serveDirectly(before, rig.request("/", ev)).want(t, 503, "Try again later")
		serveDirectly(after, rig.request("/", ev)).want(t, 200, received)
		serveDirectly(before, rig.request("/", ev)).want(t, 200, duplicate)
	}
	if handled != 10 {
		t.Errorf("%d of 10 events were handled", handled)
	}
}

// TestUnknownTypeWithAnError: a router that can't acknowledge a type has the
// sender try again, whatever it answers.
func TestUnknownTypeWithAnError(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
		hooklatch.Report(r.Context(), hooklatch.UnknownType, errHandler)
		w.WriteHeader(http.StatusOK)
	}, middleware.OnceOptions{})
	ev := created()
	for range 2 { // released, so that the retry runs again
		rig.post(ev).want(t, 500, "Internal server error")
	}
	rig.wantResults(middleware.UnknownType, middleware.UnknownType)
	if err := rig.last().Err; !errors.Is(err, errHandler) {
		t.Errorf("error %v, want the router's", err)
	}
}
