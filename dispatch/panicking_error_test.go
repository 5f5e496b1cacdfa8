package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// An apiError is like many: as a nil pointer, it is an error whose methods panic.
type apiError struct{ err error }

func (e *apiError) Error() string        { return e.err.Error() }
func (e *apiError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *apiError) As(target any) bool   { return errors.As(e.err, target) }
func (e *apiError) Unwrap() error        { return e.err }

// An apiErrors is the same for several.
type apiErrors struct{ errs []error }

func (*apiErrors) Error() string     { return "several" }
func (e *apiErrors) Unwrap() []error { return e.errs }

// TestErrorWithPanickingMethods: a nil pointer returned as an error is an ordinary
// failure, and takes nothing from the errors beside it.
func TestErrorWithPanickingMethods(t *testing.T) {
	failed, more := error((*apiError)(nil)), error((*apiErrors)(nil))
	for _, tt := range []struct {
		name   string
		err    error
		status int
		want   hooklatch.Disposition
	}{
		{"alone", failed, 500, hooklatch.Failed},
		{"several", more, 500, hooklatch.Failed},
		{"permanent", dispatch.Permanent(failed), 200, hooklatch.DeadLettered},
		{"later", dispatch.RetryAfter(failed, time.Second), 503, hooklatch.Failed},
		{"beside permanent", errors.Join(dispatch.Permanent(errPlain), failed), 500, hooklatch.Failed},
		{"beside later", errors.Join(failed, more, dispatch.RetryAfter(errPlain, time.Second)), 503, hooklatch.Failed},
		{"beside a panic", errors.Join(failed, &dispatch.PanicError{Value: failed}), 500, hooklatch.Panicked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &dispatch.Mux{DeadLetter: func(context.Context, *hooklatch.Delivery, error) error { return nil }}
			m.Handle("link.created", handlerOf(tt.err))
			var r reporter
			if w, _ := serveReported(m, delivery(created), &r); w.Code != tt.status || r.disposition != tt.want || r.err == nil {
				t.Errorf("status %d, reported %v; want %d, %v", w.Code, r.disposition, tt.status, tt.want)
			}
			if res, _, log := post(t, m, delivery(created)); res.StatusCode != tt.status || !strings.Contains(log, "link.created") {
				t.Errorf("without a layer: status %d, want %d; log %s", res.StatusCode, tt.status, log)
			}
			if err := m.HandleDelivery(t.Context(), delivery(created)); (err == nil) != (tt.status == http.StatusOK) {
				t.Error("HandleDelivery returns another verdict than ServeHTTP")
			}
		})
	}
}

// TestTextOfPanickingError: the texts of this package's own errors are to be had
// whatever they wrap.
func TestTextOfPanickingError(t *testing.T) {
	failed := error((*apiError)(nil))
	for _, err := range []error{
		dispatch.Permanent(failed), dispatch.RetryAfter(failed, 1),
		&dispatch.PanicError{Value: failed}, &dispatch.DecodeError{Err: failed},
	} {
		if err.Error() == "" {
			t.Errorf("%T has no text", err)
		}
	}
	m := dispatch.Mux{Decode: func([]byte, any) error { return failed }}
	m.Handle("link.created", dispatch.JSON(func(context.Context, dispatch.Event[json.RawMessage]) error { return nil }))
	if res, _, _ := post(t, &m, delivery(created)); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("status %d", res.StatusCode)
	}
}
