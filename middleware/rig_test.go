package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A rig is a handler behind all layers, with the store, the log and the outcomes.
type rig struct {
	t      *testing.T
	scheme *verify.Scheme
	store  idempotency.Store
	faults *hooktest.Faults
	ep     *middleware.Endpoint
	h      http.Handler // all layers, and the handler
	client *http.Client
	log    *bytes.Buffer

	handler http.HandlerFunc // alone

	mu       sync.Mutex
	outcomes []middleware.Outcome
}

func newScheme(t testing.TB) *verify.Scheme {
	t.Helper()
	scheme, err := provider.Linktree("a secret of the test")
	if err != nil {
		t.Fatal(err)
	}
	return scheme
}

// newEndpoint returns an endpoint that logs nothing.
func newEndpoint() *middleware.Endpoint {
	return middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
}

// newRig mounts the handler behind all layers, on an LRU store.
func newRig(t *testing.T, h http.HandlerFunc, o middleware.OnceOptions) *rig {
	t.Helper()
	return newRigFor(t, h, o, middleware.EndpointOptions{})
}

// newRigFor is newRig for an endpoint with options. Its log and outcomes are the
// rig's.
func newRigFor(t *testing.T, h http.HandlerFunc, o middleware.OnceOptions, e middleware.EndpointOptions) *rig {
	t.Helper()
	r := &rig{t: t, scheme: newScheme(t), client: http.DefaultClient, log: new(bytes.Buffer), handler: h}
	store, faults := hooktest.NewStore(lru.New(nil))
	r.faults = faults
	r.store = panicStore{store, store.(idempotency.ReplayGuard)}
	e.Logger = r.logger()
	own := e.Observe
	e.Observe = func(ctx context.Context, out middleware.Outcome) {
		r.observe(ctx, out)
		if own != nil {
			own(ctx, out)
		}
	}
	r.ep = middleware.NewEndpoint("test", &e)
	if h != nil {
		r.h = r.ep.Receiver(r.scheme, r.store, h, &middleware.ReceiverOptions{Once: &o})
	}
	return r
}

// logger logs to the rig's log.
func (r *rig) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&lockedWriter{mu: &r.mu, w: r.log}, nil))
}

// key is the key of the delivery id at the rig's endpoint.
func key(id string) idempotency.Key {
	return idempotency.NewKey(idempotency.Identity{Endpoint: "test", Provider: "linktree", ID: id})
}

// A panicStore panics where the error is errPanic, and exits its caller's goroutine
// where it is errExit.
type panicStore struct {
	idempotency.Store
	idempotency.ReplayGuard
}

func panicked(err error) error {
	switch err { // the error itself: an error's methods may be what a test is about
	case errPanic:
		panic(err)
	case errExit:
		runtime.Goexit()
	}
	return err
}

func (s panicStore) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	c, err := s.Store.Claim(ctx, r)
	return c, panicked(err)
}

func (s panicStore) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	return panicked(s.Store.Extend(ctx, key, fence, lease))
}

func (s panicStore) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	return panicked(s.Store.Complete(ctx, key, fence, retain))
}

func (s panicStore) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return panicked(s.Store.Release(ctx, key, fence))
}

func (s panicStore) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	first, err := s.ReplayGuard.Bind(ctx, digest, key, ttl)
	return first, panicked(err)
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (r *rig) observe(_ context.Context, out middleware.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes = append(r.outcomes, out)
}

// results returns how the requests so far ended.
func (r *rig) results() []middleware.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	var results []middleware.Result
	for _, o := range r.outcomes {
		results = append(results, o.Result)
	}
	return results
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

func (r *rig) wantResults(want ...middleware.Result) {
	r.t.Helper()
	if got := r.results(); !slices.Equal(got, want) {
		r.t.Errorf("outcomes %q, want %q", got, want)
	}
}

// socket serves the rig on a real socket and returns its URL.
func (r *rig) socket() string { return r.socketOver(1) }

// socketOver is socket over HTTP/1.1 or HTTP/2.
func (r *rig) socketOver(proto int) string {
	srv := httptest.NewUnstartedServer(r.h)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // panics that tests are about
	if proto == 2 {
		srv.EnableHTTP2 = true
		srv.StartTLS()
	} else {
		srv.Start()
	}
	r.t.Cleanup(srv.Close)
	// Not the default client: closing one test's server closes the idle
	// connections of all tests that share it.
	r.client = srv.Client()
	return srv.URL
}

// request makes a signed request of the event to a server.
func (r *rig) request(url string, ev hooktest.Event) *http.Request {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, url, bytes.NewReader(ev.Body))
	if err != nil {
		r.t.Fatal(err)
	}
	at := ev.Time
	if at.IsZero() {
		at = time.Now()
	}
	if err := r.scheme.Sign(req.Header, verify.Envelope{ID: ev.ID, Time: at}, ev.Body); err != nil {
		r.t.Fatal(err)
	}
	return req
}

// An answer is what came back over the wire, or an error if nothing did.
type answer struct {
	status int
	body   string
	header http.Header
	err    error
}

func do(client *http.Client, req *http.Request) answer {
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(body), resp.Header, err}
}

func (r *rig) send(url string, ev hooktest.Event) answer {
	r.t.Helper()
	return do(r.client, r.request(url, ev))
}

func (a answer) want(t *testing.T, status int, body string) {
	t.Helper()
	if a.err != nil || a.status != status || a.body != body {
		t.Errorf("answer %d %q (error %v), want %d %q", a.status, a.body, a.err, status, body)
	}
}

const (
	received  = `{"received":true}`
	duplicate = `{"duplicate":true}`
)

func created() hooktest.Event {
	return hooktest.NewEvent("link.created", map[string]any{"link_id": "lnk_1"})
}

func contextCause(r *http.Request) error { return context.Cause(r.Context()) }

func contextWithTimeout(r *http.Request, d time.Duration) (context.Context, context.CancelFunc) {
	if r == nil {
		return context.WithTimeout(context.Background(), d)
	}
	return context.WithTimeout(r.Context(), d)
}

// replica returns another handler behind the layers of another Endpoint of the same
// name and store, as a second process would have it.
func (r *rig) replica(t *testing.T, h http.HandlerFunc) http.Handler {
	t.Helper()
	ep := newEndpoint()
	return middleware.Chain(
		ep.Capture(0, nil),
		ep.Verify(r.scheme),
		ep.Once(r.store, nil),
	)(h)
}

var (
	errDown  = errors.New("the store is down")
	errPanic = errors.New("the store panics")              // see newRig
	errExit  = errors.New("the store exits the goroutine") // see newRig
)

// serveDirectly passes a request to a handler, without a server.
func serveDirectly(h http.Handler, req *http.Request) answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return answer{status: w.Code, body: w.Body.String(), header: w.Header()}
}

// silent is a layer that recovers from panics and stays silent, to which net/http
// would add a 200.
func silent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

// post serves the event's request without a server.
func (r *rig) post(ev hooktest.Event) answer {
	r.t.Helper()
	return serveDirectly(r.h, hooktest.NewRequest(r.t, "/hook", r.scheme, ev))
}

// last returns how the last request ended.
func (r *rig) last() middleware.Outcome {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.outcomes) == 0 {
		r.t.Fatal("no outcome was reported")
	}
	return r.outcomes[len(r.outcomes)-1]
}
