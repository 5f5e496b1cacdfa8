package dispatch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

func TestMarks(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	const s, m = time.Second, time.Minute
	tests := []struct {
		name      string
		err       error
		permanent bool
		delay     time.Duration
		later     bool
	}{
		{"nil", nil, false, 0, false},
		{"plain", a, false, 0, false},
		{"permanent", dispatch.Permanent(a), true, 0, false},
		{"permanent nil", dispatch.Permanent(nil), false, 0, false},
		{"retry nil", dispatch.RetryAfter(nil, s), false, 0, false},
		{"retry", dispatch.RetryAfter(a, s), false, s, true},
		{"wrapped", fmt.Errorf("x: %w", dispatch.Permanent(a)), true, 0, false},
		{"wrapped retry", fmt.Errorf("x: %w", dispatch.RetryAfter(a, s)), false, s, true},
		{"outermost permanent", dispatch.Permanent(dispatch.RetryAfter(a, s)), true, 0, false},
		{"outermost retry", dispatch.RetryAfter(dispatch.Permanent(a), s), false, s, true},
		{"permanent of a join", dispatch.Permanent(errors.Join(a, b)), true, 0, false},
		{"join of permanents", errors.Join(dispatch.Permanent(a), nil, dispatch.Permanent(b)), true, 0, false},
		{"join with plain", errors.Join(dispatch.Permanent(a), b), false, 0, false},
		{"join with plain first", errors.Join(b, dispatch.Permanent(a)), false, 0, false},
		{"two verbs", fmt.Errorf("%w: %w", b, dispatch.Permanent(a)), false, 0, false},
		{"join of retries", errors.Join(dispatch.RetryAfter(a, m), b, dispatch.RetryAfter(b, s)), false, m, true},
		{"join of permanent and retry", errors.Join(dispatch.Permanent(a), dispatch.RetryAfter(b, s)), false, s, true},
		{"nested joins", errors.Join(errors.Join(dispatch.Permanent(a)), fmt.Errorf("x: %w", errors.Join(b))), false, 0, false},
		{"panic with permanent", &dispatch.PanicError{Value: dispatch.Permanent(a)}, false, 0, false},
		{"unfit data with permanent", errors.Join(&dispatch.DecodeError{Err: a}, dispatch.Permanent(b)), false, 0, false},
		{"permanent unfit data", dispatch.Permanent(&dispatch.DecodeError{Err: a}), true, 0, false},
		{"wraps nothing", hollow{}, false, 0, false},
		{"wraps nothing at all", several{nil}, false, 0, false},
		{"wraps nil and permanent", several{nil, dispatch.Permanent(a)}, true, 0, false},
	}
	for _, tt := range tests {
		if got := dispatch.IsPermanent(tt.err); got != tt.permanent {
			t.Errorf("%s: IsPermanent = %v", tt.name, got)
		}
		if d, ok := dispatch.RetryDelay(tt.err); d != tt.delay || ok != tt.later {
			t.Errorf("%s: RetryDelay = %v, %v, want %v, %v", tt.name, d, ok, tt.delay, tt.later)
		}
	}
}

type hollow struct{}

func (hollow) Error() string { return "hollow" }
func (hollow) Unwrap() error { return nil }

type several []error

func (several) Error() string     { return "several" }
func (e several) Unwrap() []error { return e }

type codeError struct{ code int }

func (e *codeError) Error() string { return fmt.Sprint("code ", e.code) }

func TestMarksAreTransparent(t *testing.T) {
	cause := &codeError{7}
	for _, err := range []error{dispatch.Permanent(cause), dispatch.RetryAfter(cause, 1), &dispatch.PanicError{Value: cause}} {
		var got *codeError
		if !errors.Is(err, cause) || !errors.As(err, &got) || got != cause {
			t.Errorf("%T hides its cause", err)
		}
	}
	if got := dispatch.Permanent(cause).Error(); got != "code 7" {
		t.Errorf("Error() = %q", got)
	}
	if err := (&dispatch.PanicError{Value: "no error"}).Unwrap(); err != nil {
		t.Errorf("Unwrap = %v", err)
	}
}

func TestDeadLetter(t *testing.T) {
	cause, hookErr := errors.New("no such account"), errors.New("queue full")
	tests := []struct {
		name    string
		handler error
		hook    error
		calls   int
		status  int
	}{
		{"success", nil, nil, 0, 200},
		{"ordinary", cause, nil, 0, 500},
		{"retry", dispatch.RetryAfter(cause, 1), nil, 0, 503},
		{"permanent", dispatch.Permanent(cause), nil, 1, 200},
		{"permanent with ordinary", errors.Join(dispatch.Permanent(cause), cause), nil, 0, 500},
		{"hook fails", dispatch.Permanent(cause), hookErr, 1, 500},
		{"hook gives the error back", dispatch.Permanent(cause), dispatch.Permanent(cause), 1, 500},
		{"hook asks to wait", dispatch.Permanent(cause), dispatch.RetryAfter(hookErr, 1), 1, 500},
		{"hook's data does not fit", dispatch.Permanent(cause), &dispatch.DecodeError{Err: cause}, 1, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := delivery(created)
			calls := 0
			m := dispatch.Mux{DeadLetter: func(_ context.Context, got *hooklatch.Delivery, err error) error {
				calls++
				if got != d || !errors.Is(err, cause) {
					t.Errorf("hook got %v, %v", got, err)
				}
				return tt.hook
			}}
			m.Handle("link.created", handlerOf(tt.handler))
			res, _, log := post(t, &m, d)
			if calls != tt.calls || res.StatusCode != tt.status {
				t.Errorf("hook called %d times, status %d, want %d, %d", calls, res.StatusCode, tt.calls, tt.status)
			}
			if tt.calls == 1 && !strings.Contains(log, "no such account") {
				t.Errorf("log lacks the handler's error: %s", log)
			}
			if tt.hook != nil && !strings.Contains(log, tt.hook.Error()) {
				t.Errorf("log lacks the hook's error: %s", log)
			}
		})
	}
}

func TestDeadLetterPanic(t *testing.T) {
	m := dispatch.Mux{DeadLetter: func(context.Context, *hooklatch.Delivery, error) error { panic("hook") }}
	m.Handle("link.created", handlerOf(dispatch.Permanent(errPlain)))
	if res, _, _ := post(t, &m, delivery(created)); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", res.StatusCode)
	}
	err := m.HandleDelivery(t.Context(), delivery(created))
	if dispatch.IsPermanent(err) || !errors.As(err, new(*dispatch.PanicError)) || !errors.Is(err, errPlain) {
		t.Errorf("error %v", err)
	}
}

// A handler whose context is done may call its cancellation permanent, and
// another process may be at work on the delivery.
func TestDeadLetterNotOnceContextIsDone(t *testing.T) {
	lost := errors.New("claim lost")
	ctx, cancel := context.WithCancelCause(t.Context())
	m := dispatch.Mux{DeadLetter: func(context.Context, *hooklatch.Delivery, error) error {
		t.Error("DeadLetter called")
		return nil
	}}
	m.Handle("link.created", dispatch.HandlerFunc(func(ctx context.Context, _ *hooklatch.Delivery) error {
		cancel(lost)
		return dispatch.Permanent(ctx.Err())
	}))
	err := m.HandleDelivery(ctx, delivery(created))
	if !errors.Is(err, lost) || dispatch.IsPermanent(err) {
		t.Errorf("error %v, permanent %v", err, dispatch.IsPermanent(err))
	}
}

func TestPanic(t *testing.T) {
	for _, value := range []any{"s3cret", errPlain, 7, []int{1}, dispatch.Permanent(errPlain), dispatch.RetryAfter(errPlain, 1)} {
		m := dispatch.Mux{DeadLetter: func(context.Context, *hooklatch.Delivery, error) error { return nil }}
		m.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
			explode(value)
			return nil
		}))
		res, body, log := post(t, &m, delivery(created))
		if res.StatusCode != http.StatusInternalServerError || body != oops {
			t.Errorf("panic(%v): answer %d %q", value, res.StatusCode, body)
		}
		if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "explode") {
			t.Errorf("panic(%v): no stack in the log: %s", value, log)
		}
		var p *dispatch.PanicError
		if err := m.HandleDelivery(t.Context(), delivery(created)); !errors.As(err, &p) || !bytes.Contains(p.Stack, []byte("explode")) {
			t.Errorf("panic(%v): %v", value, err)
		}
	}
}

func explode(value any) { panic(value) }

// With GODEBUG=panicnil=1, recover can't see a panic with nil.
func TestPanicNil(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	nilPanic := func() { panic(nil) } // the point
	var m dispatch.Mux
	m.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		nilPanic()
		return nil
	}))
	m.HandleHTTP("http", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { nilPanic() }))
	if res, body, _ := post(t, &m, delivery(created)); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("answer %d %q", res.StatusCode, body)
	}
	if err := m.HandleDelivery(t.Context(), delivery(`{"type":"http"}`)); err == nil {
		t.Error("HTTP handler: no error")
	}
}

func TestAbortIsLetThrough(t *testing.T) {
	after := 0
	m := dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
	m.Handle("link.created",
		dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { panic(http.ErrAbortHandler) }),
		dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { after++; return nil }))
	defer func() {
		if v := recover(); v != http.ErrAbortHandler || after != 0 {
			t.Errorf("recovered %v, later handlers ran %d times", v, after)
		}
	}()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	m.ServeHTTP(httptest.NewRecorder(), r.WithContext(hooklatch.NewContext(r.Context(), delivery(created))))
	t.Error("returned")
}

type picky struct{}

func (*picky) UnmarshalJSON(b []byte) error { return fmt.Errorf("picky about %s", b) }

type liar struct{}

func (*liar) UnmarshalJSON(b []byte) error {
	return &json.UnmarshalTypeError{Value: string(b), Offset: 3}
}

// The text of a DecodeError says where, and never what. Offsets are the
// decoder's, and differ between versions of encoding/json.
func TestDecodeErrorText(t *testing.T) {
	type nested struct {
		Link link                      `json:"link"`
		List []link                    `json:"list"`
		At   time.Time                 `json:"at"`
		P    *picky                    `json:"p"`
		L    *liar                     `json:"l"`
		I8   int8                      `json:"i8"`
		M    map[string]map[string]int `json:"m"`
	}
	const want = "dispatch: data does not fit dispatch_test.nested"
	tests := []struct{ data, text string }{
		{`{"link":{"position":"s3cret"}}`, want + ": field link.position: string into int at byte N"},
		{`{"i8":53333}`, want + ": field i8: number into int8 at byte N"},
		{` "s3cret"`, want + ": string into dispatch_test.nested"},
		{`{"m":{"s3cret":{"s3cret2":"x"}}}`, want + ": field m: string into int at byte N"},
		{`{"at":"s3cret"}`, want},
		{`{"p":"s3cret"}`, want},
		{`{"l":"s3cret"}`, want},
		{`{"list":[{"position":"s3cret"}]}`, want + ": field list"},
	}
	offset := regexp.MustCompile(`at byte \d+$`)
	for _, tt := range tests {
		var m dispatch.Mux
		m.Handle("a", dispatch.JSON(func(context.Context, dispatch.Event[nested]) error { return nil }))
		d := delivery(`{"type":"a","data":` + tt.data + `}`)
		err := m.HandleDelivery(t.Context(), d)
		if err == nil || !strings.HasPrefix(offset.ReplaceAllString(err.Error(), "at byte N"), tt.text) {
			t.Errorf("%s: %v, want %s", tt.data, err, tt.text)
		}
		if _, _, log := post(t, &m, d); strings.Contains(log, "s3cret") || strings.Contains(log, "53333") {
			t.Errorf("%s: log quotes the data: %s", tt.data, log)
		}
	}

	err := (&dispatch.DecodeError{Err: json.Unmarshal([]byte(`{"s3cret":é}`), new(any))}).Error()
	if want := "dispatch: data does not fit <nil>: syntax error at byte N"; offset.ReplaceAllString(err, "at byte N") != want {
		t.Errorf("%q, want %q", err, want)
	}
	var m dispatch.Mux
	m.Handle("a", dispatch.JSON(onLink))
	if err := m.HandleDelivery(t.Context(), delivery(`{"type":"a"}`)); err.Error() != "dispatch: data does not fit dispatch_test.link: missing" {
		t.Error(err)
	}
}

// A custom decoder may put anything into encoding/json's error.
func TestDecodeErrorOfForeignDecoder(t *testing.T) {
	foreign := &json.UnmarshalTypeError{Value: "s3cret", Type: reflect.TypeFor[int](), Field: "Data.s3cret"}
	m := dispatch.Mux{Decode: func([]byte, any) error { return foreign }}
	m.Handle("link.created", dispatch.JSON(func(context.Context, dispatch.Event[*struct{ Data any }]) error { return nil }))
	err := m.HandleDelivery(t.Context(), delivery(created))
	if want := "dispatch: data does not fit *struct { Data interface {} }: field Data"; !errors.Is(err, foreign) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestEnvelopeErrorText(t *testing.T) {
	tests := []struct{ body, text string }{
		{`{"s3cret":1,"s3cret":2}`, "dispatch: not the JSON envelope: duplicate member at byte 12"},
		{`{"s3cret":1}`, "dispatch: not the JSON envelope: member event: missing"},
		{`{"event":3}`, "dispatch: not the JSON envelope: member event: not a string"},
		{`{"event":""}`, "dispatch: not the JSON envelope: member event: empty"},
	}
	for _, tt := range tests {
		m := dispatch.Mux{TypeMember: "event"}
		err := m.HandleDelivery(t.Context(), delivery(tt.body))
		var e *dispatch.EnvelopeError
		if !errors.As(err, &e) || e.Error() != tt.text {
			t.Errorf("%s: %v, want %s", tt.body, err, tt.text)
		}
	}
}
