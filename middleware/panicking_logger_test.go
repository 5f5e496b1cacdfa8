package middleware_test

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// standardLog catches what goes to the standard logger, and returns how to read it.
func standardLog(t *testing.T) (logged func() string) {
	var (
		mu  sync.Mutex
		buf bytes.Buffer
	)
	before := log.Writer()
	log.SetOutput(&lockedWriter{mu: &mu, w: &buf})
	t.Cleanup(func() { log.SetOutput(before) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return buf.String()
	}
}

// A panickingHandler is a log handler that panics, in Enabled or in Handle.
type panickingHandler struct {
	slog.Handler
	enabled bool
}

func (h panickingHandler) Enabled(context.Context, slog.Level) bool {
	if !h.enabled {
		panic("the log handler's own")
	}
	return true
}

func (panickingHandler) Handle(context.Context, slog.Record) error { panic("the log handler's own") }

// panickingLog gives the rig an endpoint whose log handler panics.
func (r *rig) panickingLog(enabled bool, o middleware.OnceOptions) {
	r.ep = middleware.NewEndpoint("test", &middleware.EndpointOptions{
		Logger:  slog.New(panickingHandler{slog.DiscardHandler, enabled}),
		Observe: r.observe,
	})
	r.h = silent(r.ep.Receiver(r.scheme, r.store, r.handler, &middleware.ReceiverOptions{Once: &o}))
}

// TestLogHandlerPanics: a log handler that panics changes no answer and no outcome,
// and the standard logger tells of it.
func TestLogHandlerPanics(t *testing.T) {
	for _, enabled := range []bool{false, true} {
		logged := standardLog(t)
		status := 503
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, middleware.OnceOptions{})
		rig.panickingLog(enabled, middleware.OnceOptions{})
		ev := created()
		rig.post(ev).want(t, 503, "")
		status = 202
		rig.post(ev).want(t, 202, "")
		rig.post(ev).want(t, 200, duplicate)
		forged := rig.request("/", ev)
		forged.Header.Set("X-Linktree-Signature", strings.Repeat("ab", 32))
		serveDirectly(rig.h, forged).want(t, 403, "Invalid signature")
		unsigned := rig.request("/", ev)
		unsigned.Header.Del("X-Linktree-Signature")
		serveDirectly(rig.h, unsigned).want(t, 401, "Missing signature")
		rig.wantResults(middleware.Failed, middleware.Completed, middleware.Duplicate, middleware.Refused, middleware.Unsigned)
		if n := strings.Count(logged(), "the log handler's own"); n != 5 || !strings.Contains(logged(), "endpoint test") {
			t.Errorf("the standard logger tells %d times of it, want 5:\n%s", n, logged())
		}
	}
}

// TestLogHandlerPanicsInTheBackground: a log handler that panics ends neither the
// program nor the renewal of a lease, nor a late completion.
func TestLogHandlerPanicsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logged := standardLog(t)
		var runs atomic.Int64
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			runs.Add(1)
			time.Sleep(5 * time.Minute) // overdue
			w.WriteHeader(200)
		}, middleware.OnceOptions{})
		rig.panickingLog(true, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown, Times: 1}, hooktest.Complete)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		first := make(chan answer, 1)
		go func() { first <- do(srv.Client(), rig.request(srv.URL, ev)) }()
		time.Sleep(4 * time.Minute)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		(<-first).want(t, 503, "Try again later")
		time.Sleep(time.Minute)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
		rig.wantResults(middleware.Busy, middleware.Unavailable, middleware.CompletedLate, middleware.Duplicate)
		if n := strings.Count(logged(), "the log handler's own"); n != 5 || runs.Load() != 1 {
			t.Errorf("%d runs, and the standard logger tells %d times of it, want 1 and 5:\n%s", runs.Load(), n, logged())
		}
	})
}
