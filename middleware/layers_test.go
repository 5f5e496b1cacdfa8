package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func contextCause(r *http.Request) error { return context.Cause(r.Context()) }

func contextWithTimeout(r *http.Request, d time.Duration) (context.Context, context.CancelFunc) {
	if r == nil {
		return context.WithTimeout(context.Background(), d)
	}
	return context.WithTimeout(r.Context(), d)
}

// replica returns the rig's layers again, around another handler, on the same
// store: what a second process behind the same store would be.
func (r *rig) replica(t *testing.T, h http.HandlerFunc) http.Handler {
	t.Helper()
	ep := newEndpoint()
	return middleware.Chain(
		ep.Capture(0, nil),
		ep.Verify(r.scheme),
		ep.Once(r.store, nil),
	)(h)
}

func TestChainOrder(t *testing.T) {
	var order []string
	layer := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				order = append(order, name)
				next.ServeHTTP(w, r)
			})
		}
	}
	h := middleware.Chain(layer("a"), middleware.Chain(), layer("b"))(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { order = append(order, "handler") }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if got := strings.Join(order, " "); got != "a b handler" {
		t.Errorf("order %q, want a b handler", got)
	}
	mustPanic(t, "nil layer", func() { middleware.Chain(layer("a"), nil) })
}

// TestMissingLayer: a layer without its predecessor refuses to work, and the
// log says which one is missing.
func TestMissingLayer(t *testing.T) {
	scheme := newScheme(t)
	var log bytes.Buffer
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	capture := ep.Capture(0, nil)
	once := ep.Once(lru.New(nil), nil)
	for _, tt := range []struct {
		name  string
		layer func(http.Handler) http.Handler
		log   string
	}{
		{"Verify without Capture", ep.Verify(scheme), "the Capture layer must come before"},
		{"Once without Capture", once, "the Capture layer must come before"},
		{"Once without Verify", middleware.Chain(capture, once), "the Verify layer must come before"},
	} {
		log.Reset()
		h := tt.layer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: the handler ran", tt.name) }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created()))
		if w.Code != 500 || !strings.Contains(log.String(), tt.log) {
			t.Errorf("%s: status %d and log %q, want 500 and %q", tt.name, w.Code, log.String(), tt.log)
		}
	}
}

// TestOnceTwice: the inner layer would wait for the outer one for ever.
func TestOnceTwice(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	h := middleware.Chain(
		rig.ep.Capture(0, nil), rig.ep.Verify(rig.scheme),
		rig.ep.Once(rig.store, nil), rig.ep.Once(rig.store, nil),
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
	if w.Code != 500 || !strings.Contains(rig.logged(), "claims the same id") {
		t.Errorf("status %d and log %q, want 500 and the reason", w.Code, rig.logged())
	}
}

// TestOnceWithinOnce: layers that go by different ids don't get in each other's
// way, and both complete.
func TestOnceWithinOnce(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	inner := middleware.OnceOptions{ID: func(d *hooklatch.Delivery) string { return d.ID + "/inner" }}
	ran := 0
	h := middleware.Chain(
		rig.ep.Capture(0, nil), rig.ep.Verify(rig.scheme),
		rig.ep.Once(rig.store, nil), rig.ep.Once(rig.store, &inner),
	)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ran++
		io.WriteString(w, "done")
	}))
	ev := created()
	for _, want := range []string{"done", duplicate} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, ev))
		if w.Code != 200 || w.Body.String() != want || ran != 1 {
			t.Errorf("answer %d %q after %d runs, want 200 %q after 1", w.Code, w.Body, ran, want)
		}
	}
}

// TestVerifierThatCannotDecide: the request may be genuine, so it must come
// again.
func TestVerifierThatCannotDecide(t *testing.T) {
	for name, v := range map[string]verify.Verifier{
		"error":       verifierFunc(func() (verify.Envelope, error) { return verify.Envelope{}, errors.New("vault is sealed") }),
		"no provider": verifierFunc(func() (verify.Envelope, error) { return verify.Envelope{ID: "1"}, nil }),
	} {
		ep := newEndpoint()
		h := middleware.Chain(ep.Capture(0, nil), ep.Verify(v))(
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: the handler ran", name) }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
		if name == "error" && (w.Code != 503 || w.Header().Get("Retry-After") == "") {
			t.Errorf("status %d, Retry-After %q; want 503 with one", w.Code, w.Header().Get("Retry-After"))
		}
		if name == "no provider" && w.Code != 500 {
			t.Errorf("status %d, want 500", w.Code)
		}
	}
}

type verifierFunc func() (verify.Envelope, error)

func (f verifierFunc) Verify(context.Context, http.Header, []byte) (verify.Envelope, error) {
	return f()
}

func TestVerifyFor(t *testing.T) {
	schemes := make(map[string]*verify.Scheme)
	for _, name := range []string{"ann", "bob"} {
		s, err := provider.Linktree("the secret of " + name)
		if err != nil {
			t.Fatal(err)
		}
		schemes[name] = s
	}
	lookup := func(_ context.Context, tenant string) (verify.Verifier, error) {
		if tenant == "down" {
			return nil, errors.New("no answer")
		}
		switch tenant {
		case "eve":
			return nil, verify.ErrNoSecret
		case "nobody":
			return nil, nil
		}
		return schemes[tenant], nil // nil for who is not there
	}
	ep := newEndpoint()
	var handled []string
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		handled = append(handled, d.Tenant)
	})
	chain := func(tenant func(*http.Request) string) http.Handler {
		return middleware.Chain(
			ep.Accept(nil), ep.Capture(0, nil), ep.VerifyFor(tenant, lookup), ep.Once(lru.New(nil), nil),
		)(handler)
	}
	mux := http.NewServeMux()
	mux.Handle("/path/{tenant}", chain(middleware.PathValue("tenant")))
	mux.Handle("/header", chain(middleware.Header("x-tenant")))

	ev := created() // the same id for both tenants
	for _, tt := range []struct {
		target, header, secret string
		status                 int
	}{
		{"/path/ann", "", "ann", 200},
		{"/path/bob", "", "bob", 200},
		{"/path/bob", "", "ann", 403},
		{"/path/eve", "", "ann", 403},
		{"/path/nobody", "", "ann", 403},
		{"/path/mallory", "", "ann", 403},
		{"/path/down", "", "ann", 503},
		{"/header", "ann", "ann", 200},
		{"/header", "", "ann", 403},
	} {
		r := hooktest.NewRequest(t, tt.target, schemes[tt.secret], ev)
		if tt.header != "" {
			r.Header.Set("X-Tenant", tt.header)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s signed by %s: status %d %q, want %d", tt.target, tt.secret, w.Code, w.Body, tt.status)
		}
	}
	if got := strings.Join(handled, " "); got != "ann bob ann" {
		t.Errorf("handled for %q, want ann bob ann: ids of tenants must not meet", got)
	}
	mustPanic(t, "no tenant", func() { ep.VerifyFor(nil, lookup) })
	mustPanic(t, "no lookup", func() { ep.VerifyFor(middleware.PathValue("x"), nil) })
	mustPanic(t, "no verifier", func() { ep.Verify(nil) })
}

func TestLimit(t *testing.T) {
	enter, leave := make(chan struct{}), make(chan struct{})
	ep := newEndpoint()
	srv := httptest.NewServer(ep.Limit(2)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		enter <- struct{}{}
		<-leave
	})))
	defer srv.Close()
	post := func() answer {
		req, err := http.NewRequest(http.MethodPost, srv.URL, nil)
		if err != nil {
			t.Error(err)
		}
		return do(http.DefaultClient, req)
	}
	answers := make(chan answer, 3)
	for range 2 {
		go func() { answers <- post() }()
		<-enter
	}
	third := post()
	third.want(t, 503, "Try again later")
	if third.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q, want 1", third.header.Get("Retry-After"))
	}
	for range 2 {
		leave <- struct{}{}
		(<-answers).want(t, 200, "")
	}
	go func() { answers <- post() }() // there is room again
	<-enter
	leave <- struct{}{}
	(<-answers).want(t, 200, "")
	mustPanic(t, "no places", func() { ep.Limit(0) })
}

// TestLimitRefusedTakesNoPlace: however long it takes to turn one away, nobody
// is turned away for that.
func TestLimitRefusedTakesNoPlace(t *testing.T) {
	enter, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var h http.Handler
	serve := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		return w.Code
	}
	ran := 0
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler), Observe: func(_ context.Context, out middleware.Outcome) {
		if out.Duration != 0 {
			t.Errorf("duration %v of a request that was not captured", out.Duration)
		}
		leave <- struct{}{}
		<-left
		if status := serve(); status != 200 {
			t.Errorf("status %d while nothing was in hand", status)
		}
	}})
	h = ep.Limit(1)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if ran++; ran == 1 {
			enter <- struct{}{}
			<-leave
		}
	}))
	go func() { serve(); close(left) }()
	<-enter
	if status := serve(); status != 503 || ran != 2 {
		t.Errorf("status %d, and %d ran", status, ran)
	}
}

// TestDurationUnknown: a delivery that did not come through Capture has no time
// at which it was received.
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

func TestOnceChecksItsOptions(t *testing.T) {
	store, ep := lru.New(nil), newEndpoint()
	mustPanic(t, "nil store", func() { ep.Once(nil, nil) })
	mustPanic(t, "short retention", func() { ep.Once(store, &middleware.OnceOptions{Retain: 29 * time.Minute}) })
	mustPanic(t, "negative", func() { ep.Once(store, &middleware.OnceOptions{Lease: -1}) })
	mustPanic(t, "short lease", func() { ep.Once(store, &middleware.OnceOptions{Lease: time.Millisecond}) })
	mustPanic(t, "lease below the store's time", func() {
		ep.Once(store, &middleware.OnceOptions{Lease: 2 * time.Second, StoreTimeout: 2 * time.Second})
	})
	ep.Once(store, &middleware.OnceOptions{Retain: 30 * time.Minute})
}

func TestOnceID(t *testing.T) {
	for _, tt := range []struct {
		id     string
		status int
	}{
		{"", 400},
		{"a", 200},
		{"with space", 200},
		{strings.Repeat("a", 255), 200},
		{strings.Repeat("a", 256), 400},
		{"tab\t", 400},
		{"é", 400},
	} {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{
			ID: func(*hooklatch.Delivery) string { return tt.id },
		})
		if a := rig.send(rig.socket(), created()); a.status != tt.status {
			t.Errorf("id %q: status %d, want %d", tt.id, a.status, tt.status)
		}
	}
}

// TestLogsKeepSecrets: whatever happens, the log has neither a body nor a
// signature nor a secret, nor an address unless asked.
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
