package dispatch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/verify"
)

type link struct {
	ID       string `json:"link_id"`
	Position int    `json:"position"`
}

const created = `{"type":"link.created","data":{"link_id":"l1","position":3,"new":true},"timestamp":1}`

func delivery(body string) *hooklatch.Delivery {
	return &hooklatch.Delivery{
		Envelope: verify.Envelope{Provider: "linktree", ID: "d1"},
		Header:   http.Header{"X-Test": {"yes"}},
		Body:     []byte(body),
	}
}

// post sends a delivery through the mux, and returns the answer and the log.
func post(t *testing.T, m *dispatch.Mux, d *hooklatch.Delivery) (*http.Response, string, string) {
	t.Helper()
	var log bytes.Buffer
	m.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(d.Body))
	r = r.WithContext(hooklatch.NewContext(r.Context(), d))
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body), log.String()
}

func handlerOf(err error) dispatch.Handler {
	return dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { return err })
}

func onLink(context.Context, dispatch.Event[link]) error { return nil }

const (
	received = `{"received":true}`
	oops     = "Internal server error"
	notEnv   = "Not a webhook envelope"
	unfit    = "Unexpected data"
	tryLater = "Try again later"
)

var errPlain = errors.New("s3cret database down")

func TestServeHTTPAnswers(t *testing.T) {
	permanentErr := dispatch.Permanent(errors.New("s3cret no such account"))
	tests := []struct {
		name       string
		body       string
		handlers   []dispatch.Handler
		status     int
		text       string
		retryAfter string
	}{
		{name: "handled", status: 200, text: received},
		{name: "ordinary error", handlers: []dispatch.Handler{handlerOf(errPlain)}, status: 500, text: oops},
		{name: "unknown type", body: `{"type":"theme.sold"}`, status: 200, text: received},

		{name: "empty body", body: " ", status: 400, text: notEnv},
		{name: "no JSON", body: "payload=%7B%7D", status: 400, text: notEnv},
		{name: "array", body: "[]", status: 400, text: notEnv},
		{name: "two objects", body: created + created, status: 400, text: notEnv},
		{name: "two types", body: `{"type":"link.created","type":"link.created","data":{}}`, status: 400, text: notEnv},
		{name: "two data", body: `{"type":"link.created","data":{},"data":{}}`, status: 400, text: notEnv},
		{name: "wrong case", body: `{"Type":"link.created","data":{}}`, status: 400, text: notEnv},
		{name: "wrong case of data", body: `{"type":"link.created","Data":{}}`, status: 400, text: notEnv},
		{name: "bad UTF-8", body: "{\"type\":\"link.created\",\"data\":{\"link_id\":\"\xff\"}}", status: 400, text: notEnv},
		{name: "no type", body: `{"data":{}}`, status: 400, text: notEnv},
		{name: "null type", body: `{"type":null,"data":{}}`, status: 400, text: notEnv},
		{name: "number type", body: `{"type":1,"data":{}}`, status: 400, text: notEnv},
		{name: "empty type", body: `{"type":"","data":{}}`, status: 400, text: notEnv},
		{name: "lone surrogate in type", body: `{"type":"\ud83d","data":{}}`, status: 400, text: notEnv},

		{name: "escaped type", body: `{"type":"link\u002ecreated","data":{}}`, status: 200, text: received},
		{name: "lone surrogate in data", body: `{"type":"link.created","data":{"link_id":"\ud83d"}}`, status: 200, text: received},
		{name: "null data fits", body: `{"type":"link.created","data":null}`, status: 200, text: received},
		{name: "no data", body: `{"type":"link.created"}`, status: 422, text: unfit},
		{name: "other data", body: `{"type":"link.created","data":[1]}`, status: 422, text: unfit},
		{name: "wrong field", body: `{"type":"link.created","data":{"position":"x"}}`, status: 422, text: unfit},

		{name: "permanent without a hook", handlers: []dispatch.Handler{handlerOf(permanentErr)}, status: 500, text: oops},
		{name: "retry after", handlers: []dispatch.Handler{handlerOf(dispatch.RetryAfter(errPlain, 1500*time.Millisecond))}, status: 503, text: tryLater, retryAfter: "2"},
		{name: "retry after whole", handlers: []dispatch.Handler{handlerOf(dispatch.RetryAfter(errPlain, 90*time.Second))}, status: 503, text: tryLater, retryAfter: "90"},
		{name: "retry after nothing", handlers: []dispatch.Handler{handlerOf(dispatch.RetryAfter(errPlain, 0))}, status: 503, text: tryLater, retryAfter: "1"},
		{name: "retry after the past", handlers: []dispatch.Handler{handlerOf(dispatch.RetryAfter(errPlain, -time.Hour))}, status: 503, text: tryLater, retryAfter: "1"},
		{name: "retry after ages", handlers: []dispatch.Handler{handlerOf(dispatch.RetryAfter(errPlain, 1<<63-1))}, status: 503, text: tryLater, retryAfter: "9223372037"},
		{name: "longest retry counts", handlers: []dispatch.Handler{
			handlerOf(dispatch.RetryAfter(errPlain, 9*time.Second)),
			handlerOf(dispatch.RetryAfter(errPlain, 20*time.Second)), handlerOf(errPlain), handlerOf(permanentErr),
		}, status: 503, text: tryLater, retryAfter: "20"},
		{name: "error after success", handlers: []dispatch.Handler{handlerOf(nil), handlerOf(errPlain)}, status: 500, text: oops},
		{name: "success after error", handlers: []dispatch.Handler{handlerOf(errPlain), handlerOf(nil)}, status: 500, text: oops},
		{
			name: "unfit and error", body: `{"type":"link.created","data":1}`,
			handlers: []dispatch.Handler{dispatch.JSON(onLink), handlerOf(errPlain)}, status: 500, text: oops,
		},
		{
			name: "unfit and success", body: `{"type":"link.created","data":1}`,
			handlers: []dispatch.Handler{dispatch.JSON(onLink), handlerOf(nil)}, status: 422, text: unfit,
		},
		{
			name: "unfit and permanent", body: `{"type":"link.created","data":1}`,
			handlers: []dispatch.Handler{dispatch.JSON(onLink), handlerOf(permanentErr)}, status: 422, text: unfit,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m dispatch.Mux
			if tt.handlers == nil {
				tt.handlers = []dispatch.Handler{dispatch.JSON(onLink)}
			}
			if tt.body == "" {
				tt.body = created
			}
			m.Handle("link.created", tt.handlers...)
			res, text, log := post(t, &m, delivery(tt.body))
			if res.StatusCode != tt.status || text != tt.text {
				t.Errorf("answer %d %q, want %d %q", res.StatusCode, text, tt.status, tt.text)
			}
			if got := res.Header.Get("Retry-After"); got != tt.retryAfter {
				t.Errorf("Retry-After %q, want %q", got, tt.retryAfter)
			}
			wantType := "text/plain; charset=utf-8"
			if tt.status == 200 {
				wantType = "application/json"
			}
			if got := res.Header.Get("Content-Type"); got != wantType {
				t.Errorf("Content-Type %q, want %q", got, wantType)
			}
			if tt.status != 200 && (!strings.Contains(log, "webhook failed") || !strings.Contains(log, "id=d1")) {
				t.Errorf("log: %q", log)
			}
		})
	}
}

func TestUnknownTypeIsLogged(t *testing.T) {
	var m dispatch.Mux
	d := delivery(`{"type":"theme.sold","data":{"name":"s3cret"}}`)
	_, _, log := post(t, &m, d)
	for _, want := range []string{"level=WARN", "provider=linktree", "id=d1", "type=theme.sold"} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %q: %s", want, log)
		}
	}
	if strings.Contains(log, "s3cret") {
		t.Errorf("log has the body: %s", log)
	}
	if d.Type != "theme.sold" {
		t.Errorf("Type = %q after an unknown type", d.Type)
	}
}

func TestLongTypeIsClippedInTheLog(t *testing.T) {
	var m dispatch.Mux
	_, _, log := post(t, &m, delivery(`{"type":"`+strings.Repeat("x", 1<<16)+`"}`))
	if len(log) > 1000 {
		t.Errorf("%d bytes of log", len(log))
	}
}

func TestMissingLayer(t *testing.T) {
	never := handlerOf(nil)
	tests := []struct {
		name, want string
		d          *hooklatch.Delivery
	}{
		{"no Capture", "Capture", nil},
		{"no Verify", "Verify", &hooklatch.Delivery{Body: []byte(created)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			m := dispatch.Mux{Logger: slog.New(slog.NewTextHandler(&log, nil)), Fallback: never}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(created))
			if tt.d != nil {
				r = r.WithContext(hooklatch.NewContext(r.Context(), tt.d))
			}
			w := httptest.NewRecorder()
			m.ServeHTTP(w, r)
			if w.Code != http.StatusInternalServerError || w.Body.String() != oops {
				t.Errorf("answer %d %q", w.Code, w.Body)
			}
			if !strings.Contains(log.String(), tt.want) {
				t.Errorf("log does not name %s: %s", tt.want, log.String())
			}
		})
	}
}

func TestEventIsComplete(t *testing.T) {
	var m dispatch.Mux
	var got dispatch.Event[link]
	m.Handle("link.created", dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
		got = e
		return nil
	}))
	d := delivery(created)
	if res, _, _ := post(t, &m, d); res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	if got.Delivery != d || got.Type != "link.created" || got.ID != "d1" {
		t.Errorf("event of %v", got.Delivery)
	}
	if diff := cmp.Diff(link{ID: "l1", Position: 3}, got.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

// The type that verification found counts: it may be in a header, and the body may
// say something else, or nothing that is JSON.
func TestTypeFromVerification(t *testing.T) {
	form := delivery("payload=x")
	form.Type = "push"
	other := delivery(created)
	other.Type = "push"
	for _, d := range []*hooklatch.Delivery{form, other} {
		var m dispatch.Mux
		ran := false
		m.Handle("push", dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
			ran = true
			return nil
		}))
		m.Handle("link.created", handlerOf(errPlain))
		if err := m.HandleDelivery(t.Context(), d); err != nil || !ran || d.Type != "push" {
			t.Errorf("%q: %v, ran %v, type %q", d.Body, err, ran, d.Type)
		}
		// A handler that wants data still needs the envelope.
		m = dispatch.Mux{}
		m.Handle("push", dispatch.JSON(onLink), handlerOf(nil))
		err := m.HandleDelivery(t.Context(), d)
		if got, want := errors.As(err, new(*dispatch.EnvelopeError)), d == form; got != want {
			t.Errorf("%q: EnvelopeError %v, want %v: %v", d.Body, got, want, err)
		}
	}
}

func TestMemberNames(t *testing.T) {
	d := delivery(`{"event":"a","type":"b","payload":{"link_id":"p"},"data":{"link_id":"d"}}`)
	tests := []struct {
		name, wantType, wantID string
		m                      *dispatch.Mux
	}{
		{"default", "b", "d", &dispatch.Mux{}},
		{"type", "a", "d", &dispatch.Mux{TypeMember: "event"}},
		{"data", "b", "p", &dispatch.Mux{DataMember: "payload"}},
		{"both", "a", "p", &dispatch.Mux{TypeMember: "event", DataMember: "payload"}},
		{"whole body", "b", "", &dispatch.Mux{WholeBody: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got link
			var typ string
			tt.m.Fallback = dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
				got, typ = e.Data, e.Type
				return nil
			})
			if err := tt.m.HandleDelivery(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			if typ != tt.wantType || got.ID != tt.wantID {
				t.Errorf("type %q, link_id %q, want %q, %q", typ, got.ID, tt.wantType, tt.wantID)
			}
		})
	}
}

func TestWholeBody(t *testing.T) {
	d := delivery(`{"link_id":"w","type":{"not":"a type"},"data":1,"data":2}`)
	d.Type = "push"
	m := dispatch.Mux{WholeBody: true}
	var got link
	m.Handle("push", dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
		got = e.Data
		return nil
	}))
	if err := m.HandleDelivery(t.Context(), d); err != nil || got.ID != "w" {
		t.Errorf("%v, link_id %q", err, got.ID)
	}
}

// A JSON handler inside another one takes the data and the decoder from the Mux,
// unless it is called for another delivery.
func TestWrappedJSON(t *testing.T) {
	var ids []string
	inner := dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
		ids = append(ids, e.Data.ID)
		return nil
	})
	decoded := 0
	m := dispatch.Mux{
		DataMember: "payload",
		Decode: func(data []byte, v any) error {
			decoded++
			return json.Unmarshal(data, v)
		},
	}
	m.Handle("a", dispatch.HandlerFunc(func(ctx context.Context, d *hooklatch.Delivery) error {
		type key struct{}
		ctx, cancel := context.WithTimeout(context.WithValue(ctx, key{}, 1), time.Minute)
		defer cancel()
		return errors.Join(
			inner.HandleDelivery(ctx, d),
			inner.HandleDelivery(ctx, delivery(`{"data":{"link_id":"part"}}`)),
		)
	}))
	const body = `{"type":"a","payload":{"link_id":"p"},"data":{"link_id":"d"}}`
	for _, typ := range []string{"", "a"} {
		ids, decoded = nil, 0
		d := delivery(body)
		d.Type = typ
		if err := m.HandleDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"p", "part"}, ids); diff != "" || decoded != 1 {
			t.Errorf("ids (-want +got):\n%s\ndecoded by the Mux's decoder %d times", diff, decoded)
		}
	}
}

func TestJSONAlone(t *testing.T) {
	var got link
	h := dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
		got = e.Data
		return nil
	})
	if err := h.HandleDelivery(t.Context(), delivery(created)); err != nil || got.ID != "l1" {
		t.Errorf("%v, link_id %q", err, got.ID)
	}
	for body, as := range map[string]any{
		`{"type":"a"}`:          new(*dispatch.DecodeError),
		`{"data":1}`:            new(*dispatch.DecodeError),
		`{"data":{},"data":{}}`: new(*dispatch.EnvelopeError),
	} {
		if err := h.HandleDelivery(t.Context(), delivery(body)); !errors.As(err, as) {
			t.Errorf("%s: %v, want %T", body, err, as)
		}
	}
}

func TestHandlersRunInOrder(t *testing.T) {
	var ran []string
	named := func(name string, err error) dispatch.Handler {
		return dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
			ran = append(ran, name)
			if name == "panics" {
				panic("s3cret")
			}
			return err
		})
	}
	errA, errB := errors.New("a failed"), errors.New("b failed")
	var m dispatch.Mux
	m.Logger = slog.New(slog.DiscardHandler)
	m.Handle("link.created", named("a", errA), named("panics", nil), named("b", errB), named("c", nil))
	err := m.HandleDelivery(t.Context(), delivery(created))
	if diff := cmp.Diff([]string{"a", "panics", "b", "c"}, ran); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
	var p *dispatch.PanicError
	if !errors.Is(err, errA) || !errors.Is(err, errB) || !errors.As(err, &p) || p.Value != "s3cret" {
		t.Errorf("joined error: %v", err)
	}
}

// A handler must not start when another process may have taken the delivery over.
func TestHandlersStopWhenContextIsDone(t *testing.T) {
	lost := errors.New("claim lost")
	ctx, cancel := context.WithCancelCause(t.Context())
	ran := 0
	h := dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		ran++
		cancel(lost)
		return nil
	})
	var m dispatch.Mux
	m.Handle("link.created", h, h)
	if err := m.HandleDelivery(ctx, delivery(created)); !errors.Is(err, lost) || ran != 1 {
		t.Errorf("%v, ran %d", err, ran)
	}
	// The last handler's success stands: the event has taken effect.
	ctx, cancel = context.WithCancelCause(t.Context())
	defer cancel(nil)
	m = dispatch.Mux{}
	m.Handle("link.created", h)
	if err := m.HandleDelivery(ctx, delivery(created)); err != nil {
		t.Error(err)
	}
}

func TestGoexitIsLetThrough(t *testing.T) {
	var m dispatch.Mux
	m.Logger = slog.New(slog.DiscardHandler)
	m.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		runtime.Goexit()
		return nil
	}))
	d := delivery(created)
	w := httptest.NewRecorder()
	returned, wrote := false, false
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		m.ServeHTTP(w, r.WithContext(hooklatch.NewContext(r.Context(), d)))
		returned = true
	}()
	<-done
	wrote = w.Body.Len() > 0
	if returned || wrote {
		t.Errorf("returned %v, wrote %v", returned, wrote)
	}
}

func BenchmarkServeHTTP(b *testing.B) {
	var m dispatch.Mux
	m.Handle("link.created", dispatch.JSON(onLink))
	d := delivery(created)
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r = r.WithContext(hooklatch.NewContext(r.Context(), d))
	b.ReportAllocs()
	for b.Loop() {
		d.Type = ""
		m.ServeHTTP(httptest.NewRecorder(), r)
	}
}
