package hookechov4_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	hookechov4 "github.com/hooklatch/hooklatch/adapters/echov4"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// An apiError is like many: as a nil pointer, it is an error whose methods panic.
type apiError struct{ err error }

func (e *apiError) Error() string        { return e.err.Error() }
func (e *apiError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *apiError) As(target any) bool   { return errors.As(e.err, target) }
func (e *apiError) Unwrap() error        { return e.err }

// TestErrorWithPanickingMethods: a nil pointer returned as an error is a failure
// like any other, and echo's error handler answers.
func TestErrorWithPanickingMethods(t *testing.T) {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	var results []middleware.Result
	hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{
		Logger:  slog.New(slog.DiscardHandler),
		Observe: func(_ context.Context, o middleware.Outcome) { results = append(results, o.Result) },
	})
	e, _ := logged()
	e.HTTPErrorHandler = func(_ error, c echo.Context) { _ = c.NoContent(http.StatusTeapot) } // the status tells
	e.Any("/", func(echo.Context) error { return (*apiError)(nil) }, hookechov4.Wrap(hook.Layers(scheme, lru.New(nil), nil)))
	if status := statusOf(t, e, hooktest.NewRequest(t, "/", scheme, created)); status != http.StatusTeapot {
		t.Errorf("status %d, want the error handler's", status)
	}
	if len(results) != 1 || results[0] != middleware.Failed {
		t.Errorf("outcomes %v, want one failure", results)
	}
}
