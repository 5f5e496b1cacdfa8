package middleware_test

import (
	"bytes"
	"context"
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
)

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

// TestOnceTwice: of two Once layers with the same id, the inner one would wait for
// the outer one for ever.
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

// TestOnceThrice: another Once layer between them does not hide it.
func TestOnceThrice(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	between := middleware.OnceOptions{ID: func(d *hooklatch.Delivery) string { return d.ID + "/between" }}
	h := middleware.Chain(
		rig.ep.Capture(0, nil), rig.ep.Verify(rig.scheme),
		rig.ep.Once(rig.store, nil), rig.ep.Once(rig.store, &between), rig.ep.Once(rig.store, nil),
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }))
	serveDirectly(h, rig.request("/", created())).want(t, 500, "Internal server error")
	if !strings.Contains(rig.logged(), "the Once layer is misplaced") {
		t.Errorf("the log does not name the layer:\n%s", rig.logged())
	}
}

// TestLayersOfTwoEndpoints: a chain belongs to one endpoint. The log names the
// layer that does not, and both endpoints.
func TestLayersOfTwoEndpoints(t *testing.T) {
	scheme, store := newScheme(t), lru.New(nil)
	var log bytes.Buffer
	o := &middleware.EndpointOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	a, b := middleware.NewEndpoint("billing", o), middleware.NewEndpoint("analytics", o)
	lookup := func(context.Context, string) (verify.Verifier, error) { return scheme, nil }
	tenant := func(*http.Request) string { return "ann" }
	type layers []func(http.Handler) http.Handler
	for _, tt := range []struct {
		layer  string
		layers layers
	}{
		{"Capture", layers{a.Accept(scheme), b.Capture(0, nil), b.Verify(scheme), b.Once(store, nil)}},
		{"Verify", layers{a.Accept(scheme), a.Capture(0, nil), b.Verify(scheme), b.Once(store, nil)}},
		{"VerifyFor", layers{a.Capture(0, nil), b.VerifyFor(tenant, lookup), a.Once(store, nil)}},
		{"Limit", layers{a.Capture(0, nil), a.Verify(scheme), b.Limit(1), a.Once(store, nil)}},
		{"Once", layers{a.Capture(0, nil), a.Verify(scheme), a.Limit(1), b.Once(store, nil)}},
	} {
		log.Reset()
		h := middleware.Chain(tt.layers...)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%s: the handler ran", tt.layer)
		}))
		serveDirectly(h, hooktest.NewRequest(t, "/", scheme, created())).want(t, 500, "Internal server error")
		for _, part := range []string{"level=ERROR", "the " + tt.layer + " layer is misplaced", "billing", "analytics"} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("%s: the log lacks %q:\n%s", tt.layer, part, log.String())
			}
		}
	}
}

// TestDeliveryFromElsewhere: a program that makes Deliveries itself need not name
// the endpoint.
func TestDeliveryFromElsewhere(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	d := &hooklatch.Delivery{Envelope: verify.Envelope{Provider: "queue", ID: "1"}}
	h := rig.ep.Once(rig.store, nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if d, _ := hooklatch.FromContext(r.Context()); d.Endpoint != "test" {
			t.Errorf("the delivery's endpoint is %q", d.Endpoint)
		}
	}))
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	serveDirectly(h, r.WithContext(hooklatch.NewContext(r.Context(), d))).want(t, 200, received)
}

func TestEndpointNames(t *testing.T) {
	for _, name := range []string{"a", "billing", "stripe-eu/2", strings.Repeat("n", 64), "~!"} {
		if got := middleware.NewEndpoint(name, nil).Name(); got != name {
			t.Errorf("name %q, want %q", got, name)
		}
	}
	for _, name := range []string{"", strings.Repeat("n", 65), "two words", "tab\t", "käse", "\x7f", "a\n"} {
		mustPanic(t, "name "+name, func() { middleware.NewEndpoint(name, nil) })
	}
}

// TestEndpointIsEverywhere: the name is in the Delivery, the Outcome and the log
// line.
func TestEndpointIsEverywhere(t *testing.T) {
	rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
		if d, _ := hooklatch.FromContext(r.Context()); d.Endpoint != "test" {
			t.Errorf("the delivery's endpoint is %q", d.Endpoint)
		}
	}, middleware.OnceOptions{})
	rig.post(created()).want(t, 200, received)
	serveDirectly(rig.h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("scan"))).want(t, 401, "Missing signature")
	for _, out := range rig.outcomes {
		if out.Endpoint != "test" {
			t.Errorf("%s: the outcome's endpoint is %q", out.Result, out.Endpoint)
		}
	}
	if n := strings.Count(rig.logged(), "endpoint=test"); n != 2 {
		t.Errorf("the endpoint is named %d times in the log of two requests:\n%s", n, rig.logged())
	}
}

// TestProgramsOwnFunctionsPanic: where a layer outside recovers and writes nothing,
// net/http answers 200. The layers prevent it.
func TestProgramsOwnFunctionsPanic(t *testing.T) {
	scheme, ep := newScheme(t), newEndpoint()
	boom := func() { panic("no") }
	verifies := func(f func()) func(http.Handler) http.Handler {
		return ep.Verify(verifierFunc(func() (verify.Envelope, error) { f(); return verify.Envelope{}, nil }))
	}
	for name, layer := range map[string]func(http.Handler) http.Handler{
		"verifier": verifies(boom),
		"tenant": ep.VerifyFor(func(*http.Request) string { boom(); return "" },
			func(context.Context, string) (verify.Verifier, error) { return scheme, nil }),
		"lookup": ep.VerifyFor(func(*http.Request) string { return "ann" },
			func(context.Context, string) (verify.Verifier, error) { boom(); return nil, nil }),
		"id": middleware.Chain(ep.Verify(scheme), ep.Once(lru.New(nil), &middleware.OnceOptions{
			ID: func(*hooklatch.Delivery) string { boom(); return "" },
		})),
	} {
		inner := middleware.Chain(ep.Accept(scheme), ep.Capture(0, nil), layer)(
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: the handler ran", name) }))
		silent := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if v := recover(); v != "no" {
					t.Errorf("%s: recovered %v, want the function's own value", name, v)
				}
			}()
			inner.ServeHTTP(w, r)
		})
		serveDirectly(silent, hooktest.NewRequest(t, "/", scheme, created())).want(t, 500, "Internal server error")
	}
}

// TestReceiverWithinReceiver: one endpoint's receiver may be another's handler. Each
// has its own identity and replay guard.
func TestReceiverWithinReceiver(t *testing.T) {
	scheme, store := newScheme(t), lru.New(nil)
	quiet := &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)}
	ran := 0
	inner := middleware.NewEndpoint("inner", quiet).Receiver(scheme, store, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if d, _ := hooklatch.FromContext(r.Context()); d.Endpoint != "inner" {
			t.Errorf("the delivery's endpoint is %q", d.Endpoint)
		}
		ran++
	}), nil)
	outer := middleware.NewEndpoint("outer", quiet).Receiver(scheme, store, inner, &middleware.ReceiverOptions{
		Once: &middleware.OnceOptions{NoReplayGuard: true},
	})
	ev := created()
	ev.Time = time.Now()
	serveDirectly(outer, hooktest.NewRequest(t, "/", scheme, ev)).want(t, 200, received)
	ev.ID = "another" // which only the inner one takes for a replay
	serveDirectly(outer, hooktest.NewRequest(t, "/", scheme, ev)).want(t, 200, duplicate)
	if ran != 1 {
		t.Errorf("the handler ran %d times, want once", ran)
	}
}
