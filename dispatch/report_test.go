package dispatch_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// A reporter keeps what it is told, as a layer around a Mux does.
type reporter struct {
	disposition hooklatch.Disposition
	err         error
	hook        func(context.Context) error
}

func (r *reporter) Report(d hooklatch.Disposition, err error) {
	if r.disposition < hooklatch.Failed {
		r.disposition, r.err = d, err
	}
}

func (r *reporter) DeadLetter(err error, hook func(context.Context) error) {
	r.Report(hooklatch.DeadLettered, err)
	r.hook = hook
}

// serveReported serves a delivery with a reporter around the Mux. It returns the
// answer and the Mux's own log.
func serveReported(m *dispatch.Mux, d *hooklatch.Delivery, r *reporter) (*httptest.ResponseRecorder, string) {
	var log bytes.Buffer
	m.Logger = slog.New(slog.NewTextHandler(&log, nil))
	req := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, req.WithContext(hooklatch.WithReporter(hooklatch.NewContext(req.Context(), d), r)))
	return w, log.String()
}

// TestReports: a layer around the Mux learns what became of the delivery, with
// the handler's own error, and the Mux logs nothing itself.
func TestReports(t *testing.T) {
	taken := func(context.Context, *hooklatch.Delivery, error) error { return nil }
	for _, tt := range []struct {
		name   string
		body   string
		mux    *dispatch.Mux
		h      dispatch.HandlerFunc
		status int
		want   hooklatch.Disposition
		err    error
	}{
		{"handled", created, &dispatch.Mux{}, func(context.Context, *hooklatch.Delivery) error { return nil }, 200, 0, nil},
		{"failed", created, &dispatch.Mux{}, func(context.Context, *hooklatch.Delivery) error { return errPlain }, 500, hooklatch.Failed, errPlain},
		{"later", created, &dispatch.Mux{}, func(context.Context, *hooklatch.Delivery) error { return dispatch.RetryAfter(errPlain, 1) }, 503, hooklatch.Failed, errPlain},
		{"panicked", created, &dispatch.Mux{}, func(context.Context, *hooklatch.Delivery) error { panic(errPlain) }, 500, hooklatch.Panicked, errPlain},
		{"permanent", created, &dispatch.Mux{}, func(context.Context, *hooklatch.Delivery) error { return dispatch.Permanent(errPlain) }, 500, hooklatch.Failed, errPlain},
		{"dead-lettered", created, &dispatch.Mux{DeadLetter: taken}, func(context.Context, *hooklatch.Delivery) error { return dispatch.Permanent(errPlain) }, 200, hooklatch.DeadLettered, errPlain},
		{"unknown", `{"type":"theme.sold"}`, &dispatch.Mux{}, nil, 200, hooklatch.UnknownType, nil},
		{"unknown, later", `{"type":"theme.sold"}`, &dispatch.Mux{RetryUnknown: true}, nil, 503, hooklatch.UnknownType, dispatch.ErrUnknownType},
		{"no envelope", `[]`, &dispatch.Mux{}, nil, 400, hooklatch.Failed, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.h != nil {
				tt.mux.Handle("link.created", tt.h)
			}
			var r reporter
			w, log := serveReported(tt.mux, delivery(tt.body), &r)
			if w.Code != tt.status || r.disposition != tt.want || tt.err != nil && !errors.Is(r.err, tt.err) {
				t.Errorf("status %d, reported as %v with %v; want %d, %v, %v", w.Code, r.disposition, r.err, tt.status, tt.want, tt.err)
			}
			if log != "" {
				t.Errorf("the Mux logs what the layer logs:\n%s", log)
			}
		})
	}
}

// TestDeadLetterIsHandedOver: the layer calls the hook, once it has undone what
// the handlers wrote, and gets its error.
func TestDeadLetterIsHandedOver(t *testing.T) {
	errHook := errors.New("queue full")
	calls := 0
	m := &dispatch.Mux{DeadLetter: func(ctx context.Context, d *hooklatch.Delivery, err error) error {
		calls++
		if ctx.Value(http.LocalAddrContextKey) != "the layer's" || d.ID != "d1" || !errors.Is(err, errPlain) {
			t.Errorf("the hook got %v, %v and %v", ctx, d, err)
		}
		if calls == 2 {
			panic(errHook)
		}
		return errHook
	}}
	m.Handle("link.created", handlerOf(dispatch.Permanent(errPlain)))
	var r reporter
	w, _ := serveReported(m, delivery(created), &r)
	if w.Code != 200 || calls != 0 || r.hook == nil {
		t.Fatalf("status %d, the hook ran %d times; want 200, and the hook handed over", w.Code, calls)
	}
	ctx := context.WithValue(t.Context(), http.LocalAddrContextKey, "the layer's")
	if err := r.hook(ctx); !errors.Is(err, errHook) {
		t.Errorf("the hook returned %v", err)
	}
	var panicked *dispatch.PanicError
	if err := r.hook(ctx); !errors.As(err, &panicked) || !errors.Is(err, errHook) || len(panicked.StackTrace()) == 0 {
		t.Errorf("the panicking hook returned %v", err)
	}
}

// TestOneLineWithoutALayer: where no layer around the Mux logs, the Mux does, one
// line for each failure, with the stack of a panic, and a warning, once.
func TestOneLineWithoutALayer(t *testing.T) {
	var log bytes.Buffer
	m := &dispatch.Mux{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	panics := true
	m.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		if panics {
			explode(errPlain)
		}
		return errPlain
	}))
	serve := func() string {
		log.Reset()
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		m.ServeHTTP(httptest.NewRecorder(), r.WithContext(hooklatch.NewContext(r.Context(), delivery(created))))
		return log.String()
	}
	const alone = "without a Once layer"
	if got := serve(); strings.Count(got, alone) != 1 || strings.Count(got, "level=ERROR") != 1 || !strings.Contains(got, "explode") {
		t.Errorf("want a warning that no Once layer is there, and one line with the stack:\n%s", got)
	}
	panics = false
	if got := serve(); strings.Contains(got, alone) || strings.Count(got, "level=") != 1 {
		t.Errorf("want one line, and no second warning:\n%s", got)
	}
	// Another Mux is another chain.
	other := &dispatch.Mux{Logger: m.Logger}
	log.Reset()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	other.ServeHTTP(httptest.NewRecorder(), r.WithContext(hooklatch.NewContext(r.Context(), delivery(created))))
	if got := log.String(); strings.Count(got, alone) != 1 {
		t.Errorf("the other Mux does not warn:\n%s", got)
	}
}

// TestNoWarningBehindALayer: nor for deliveries that come without HTTP.
func TestNoWarningBehindALayer(t *testing.T) {
	m := &dispatch.Mux{}
	m.Handle("link.created", handlerOf(nil))
	if _, log := serveReported(m, delivery(created), new(reporter)); log != "" {
		t.Errorf("the log of a handled delivery behind a layer: %s", log)
	}
	var log bytes.Buffer
	m.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if err := m.HandleDelivery(t.Context(), delivery(created)); err != nil || log.Len() != 0 {
		t.Errorf("HandleDelivery: %v, and the log %s", err, &log)
	}
}

// TestRetryUnknown: while versions run side by side, the one that does not know a
// type lets the other one have it.
func TestRetryUnknown(t *testing.T) {
	m := &dispatch.Mux{RetryUnknown: true}
	m.Handle("link.created", handlerOf(nil))
	res, body, _ := post(t, m, delivery(`{"type":"theme.sold"}`))
	if res.StatusCode != 503 || body != tryLater || res.Header.Get("Retry-After") != "30" {
		t.Errorf("answer %d %q, Retry-After %q; want 503 and 30", res.StatusCode, body, res.Header.Get("Retry-After"))
	}
	err := m.HandleDelivery(t.Context(), delivery(`{"type":"theme.sold"}`))
	if wait, ok := dispatch.RetryDelay(err); !errors.Is(err, dispatch.ErrUnknownType) || !ok || wait != 30*time.Second || dispatch.IsPermanent(err) {
		t.Errorf("HandleDelivery: %v, to be tried after %v, %v", err, wait, ok)
	}
	if res, _, _ := post(t, m, delivery(created)); res.StatusCode != 200 {
		t.Errorf("a known type: status %d", res.StatusCode)
	}
	m.Fallback = handlerOf(nil)
	if res, _, _ := post(t, m, delivery(`{"type":"theme.sold"}`)); res.StatusCode != 200 {
		t.Errorf("with a Fallback: status %d", res.StatusCode)
	}
}

// TestRetryUnknownBesideAFailure: what another handler has to tell is not lost
// over a type that one of them does not know.
func TestRetryUnknownBesideAFailure(t *testing.T) {
	inner := &dispatch.Mux{RetryUnknown: true}
	outer := &dispatch.Mux{}
	outer.Handle("link.*", handlerOf(errPlain), inner)
	var r reporter
	w, _ := serveReported(outer, delivery(created), &r)
	if w.Code != 503 || r.disposition != hooklatch.Failed || !errors.Is(r.err, errPlain) || !errors.Is(r.err, dispatch.ErrUnknownType) {
		t.Errorf("status %d, reported as %v with %v", w.Code, r.disposition, r.err)
	}
}

// TestMuxBehindMux: each Mux reads the type from its own TypeMember, and leaves the
// outer one's delivery as it was.
func TestMuxBehindMux(t *testing.T) {
	const body = `{"type":"outer.type","event":"inner.type","data":{"link_id":"l1"}}`
	var got []string
	handle := func(m *dispatch.Mux, typ string) {
		m.Handle(typ, dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
			got = append(got, d.Type)
			return nil
		}))
	}
	newInner := func() *dispatch.Mux {
		inner := &dispatch.Mux{TypeMember: "event", RetryUnknown: true, Logger: slog.New(slog.DiscardHandler)}
		handle(inner, "inner.type")
		return inner
	}
	outers := map[string]func(*dispatch.Mux){
		"Fallback":   func(m *dispatch.Mux) { m.Fallback = newInner() },
		"Handle":     func(m *dispatch.Mux) { m.Handle("outer.*", newInner()) },
		"HandleHTTP": func(m *dispatch.Mux) { m.HandleHTTP("outer.type", newInner()) },
	}
	for name, register := range outers {
		got = nil
		outer := &dispatch.Mux{}
		register(outer)
		d := delivery(body)
		if res, text, _ := post(t, outer, d); res.StatusCode != 200 {
			t.Errorf("%s: answer %d %q", name, res.StatusCode, text)
		}
		if err := outer.HandleDelivery(t.Context(), delivery(body)); err != nil {
			t.Errorf("%s: HandleDelivery: %v", name, err)
		}
		if len(got) != 2 || got[0] != "inner.type" || got[1] != "inner.type" {
			t.Errorf("%s: the handlers saw the types %q", name, got)
		}
		if d.Type != "outer.type" {
			t.Errorf("%s: the delivery's type is %q", name, d.Type)
		}
	}

	// A type from a header is the one for both, and so is an equal member.
	got = nil
	inner := &dispatch.Mux{TypeMember: "event"}
	handle(inner, "push")
	outer := &dispatch.Mux{Fallback: inner}
	d := delivery(body)
	d.Type = "push"
	if err := outer.HandleDelivery(t.Context(), d); err != nil || len(got) != 1 {
		t.Errorf("a type from a header: %v, and the handlers saw %q", err, got)
	}
}

// TestDeliveryIsUsedAgain: a delivery that has been through a Mux can go through
// another, or through the same one, again.
func TestDeliveryIsUsedAgain(t *testing.T) {
	d := delivery(`{"type":"a","event":"b"}`)
	for _, m := range []*dispatch.Mux{{}, {TypeMember: "event"}, {}, {TypeMember: "event"}} {
		want := "a"
		if m.TypeMember != "" {
			want = "b"
		}
		ran := false
		m.Handle(want, dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { ran = true; return nil }))
		m.RetryUnknown = true
		if res, _, _ := post(t, m, d); res.StatusCode != http.StatusOK || !ran || d.Type == "" {
			t.Errorf("member %q: status %d, ran %v", want, res.StatusCode, ran)
		}
	}
}
