package bridge_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// An apiError is like many: as a nil pointer, it is an error whose methods panic.
type apiError struct{ err error }

func (e *apiError) Error() string        { return e.err.Error() }
func (e *apiError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *apiError) As(target any) bool   { return errors.As(e.err, target) }
func (e *apiError) Unwrap() error        { return e.err }

// TestErrorWithPanickingMethods: a nil pointer returned as an error is a failure
// like any other.
func TestErrorWithPanickingMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := error((*apiError)(nil))
		told := new(reporter)
		n := &request{next: func(http.ResponseWriter, *http.Request) error { return failed }}
		_, called, err := serve(n, reportTo(told))
		if !called || err != failed || n.failed != 1 {
			t.Errorf("called %v, Failed %d times, the error is the handler's: %v", called, n.failed, err == failed)
		}
		if len(told.all) != 1 || told.all[0] != hooklatch.Failed || told.err != failed {
			t.Errorf("reported %v", told.all)
		}
		if status, text, ok := bridge.Answer(make(http.Header), failed); ok {
			t.Errorf("answers %d %q", status, text)
		}
	})
}

// TestReporterPanics: the framework's goroutine gets the panic, and does not wait
// for ever; no success is answered.
func TestReporterPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &request{next: func(http.ResponseWriter, *http.Request) error { return errNative }}
		func() {
			defer func() {
				if v := recover(); v != "reporter" {
					t.Errorf("recovered %v", v)
				}
			}()
			_, _, _ = serve(n, reportTo(broken{}))
		}()
		if n.failed != 1 {
			t.Errorf("Failed was called %d times", n.failed)
		}
	})
}

type broken struct{ hooklatch.Reporter }

func (broken) Report(hooklatch.Disposition, error) { panic("reporter") }

func reportTo(told hooklatch.Reporter) layer {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(hooklatch.WithReporter(r.Context(), told)))
		})
	}
}
