package adaptertest

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const (
	path      = "/hooks/acme"
	bodyLimit = 64 << 10
	patience  = 5 * time.Second // for what should come at once
)

// A rig is a program under test on a real socket, with its layers, store and log.
type rig struct {
	p      *probe
	scheme *verify.Scheme
	faults *hooktest.Faults
	hook   *middleware.Endpoint
	all    []func(http.Handler) http.Handler // the layers of a receiver
	url    string
	client *http.Client
	log    lockedBuffer

	runs   atomic.Int64
	healed atomic.Bool // the handler does nothing any more, and so succeeds

	mu       sync.Mutex
	outcomes []middleware.Outcome
	returned error // the last that a handler has returned
}

// newRig makes the layers. Nothing is served yet.
func newRig(p *probe) *rig {
	scheme, err := provider.Linktree("new secret", "old secret")
	if err != nil {
		p.fatalf("%v", err)
	}
	r := &rig{p: p, scheme: scheme}
	store, faults := hooktest.NewStore(lru.New(nil))
	r.faults = faults
	r.hook = middleware.NewEndpoint("suite", &middleware.EndpointOptions{Logger: r.logger(), Observe: r.observe})
	r.all = []func(http.Handler) http.Handler{
		r.hook.Accept(scheme),
		r.hook.Capture(bodyLimit, nil),
		r.hook.Verify(scheme),
		r.hook.Once(store, nil),
	}
	return r
}

func (r *rig) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&r.log, nil)) }

func (r *rig) observe(_ context.Context, o middleware.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes = append(r.outcomes, o)
}

// outcome returns the first that was reported of a delivery.
func (r *rig) outcome(id string) (middleware.Outcome, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.outcomes {
		if o.Delivery != nil && o.Delivery.ID == id {
			return o, true
		}
	}
	return middleware.Outcome{}, false
}

// errorLines counts the lines about a delivery that are logged as errors.
func (r *rig) errorLines(id string) (n int) {
	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, "level=ERROR") && strings.Contains(line, "id="+id+" ") {
			n++
		}
	}
	return n
}

// eventually tells whether a condition comes true in time.
func eventually(condition func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if condition() {
			return true
		}
	}
	return condition()
}

// app returns a program with all layers in one Wrap around the handler.
func (r *rig) app(h func(Exchange) error) App {
	return App{Layers: [][]func(http.Handler) http.Handler{r.all}, Handler: h}
}

// serve puts the program on a socket.
func (r *rig) serve(a App) *rig {
	r.start(a, nil)
	return r
}

func (r *rig) start(a App, prepare func(*httptest.Server)) {
	if h := a.Handler; h != nil {
		a.Handler = func(x Exchange) error {
			r.runs.Add(1)
			if r.healed.Load() {
				return nil
			}
			err := h(x)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.returned = err
			return err
		}
	}
	srv := httptest.NewUnstartedServer(r.p.build(a))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	if prepare != nil {
		prepare(srv)
	} else {
		srv.Start()
	}
	r.p.cleanup(srv.Close)
	// Not the default client, which all servers would share: closing one
	// server would close the idle connections to the others.
	r.url, r.client = srv.URL+path, srv.Client()
	r.client.Timeout = 2 * patience
}

// startTLS serves HTTP/2.
func startTLS(srv *httptest.Server) {
	srv.EnableHTTP2 = true
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	srv.StartTLS()
}

// event returns a new event.
func event() hooktest.Event {
	return hooktest.NewEvent(LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})
}

// request returns a signed request of the event.
func (r *rig) request(ev hooktest.Event) *http.Request {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.url, bytes.NewReader(ev.Body))
	if err != nil {
		r.p.fatalf("%v", err)
	}
	if ev.Time.IsZero() {
		ev.Time = time.Now()
	}
	if err := r.scheme.Sign(req.Header, verify.Envelope{ID: ev.ID, Time: ev.Time}, ev.Body); err != nil {
		r.p.fatalf("%v", err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

// An answer is what came back. err says that none came, or not all of it.
type answer struct {
	status  int
	body    string
	header  http.Header
	trailer http.Header
	err     error
}

func (a answer) success() bool { return a.err == nil && a.status/100 == 2 }

func (r *rig) do(req *http.Request) answer {
	resp, err := r.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(body), resp.Header, resp.Trailer, err}
}

func (r *rig) send(ev hooktest.Event) answer { return r.do(r.request(ev)) }

// want checks an answer; an empty body is not looked at.
func (r *rig) want(a answer, status int, body string) {
	if a.err != nil || a.status != status || body != "" && strings.TrimSpace(a.body) != body {
		r.p.errorf("answer %d %q (error %v), want %d %q", a.status, a.body, a.err, status, body)
		r.p.lost = r.p.lost || a.success() && status/100 != 2
	}
}

const (
	received  = `{"received":true}`
	duplicate = `{"duplicate":true}`
)

// wantStore checks what the store was told.
func (r *rig) wantStore(completes, releases int) {
	if c, l := r.faults.Calls(hooktest.Complete), r.faults.Calls(hooktest.Release); c != completes || l != releases {
		r.p.errorf("the store was told of %d completions and %d releases, want %d and %d", c, l, completes, releases)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
