package hookgin_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	hookgin "github.com/hooklatch/hooklatch/adapters/gin"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// An apiError is like many: as a nil pointer, it is an error whose methods panic.
type apiError struct{ err error }

func (e *apiError) Error() string        { return e.err.Error() }
func (e *apiError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *apiError) As(target any) bool   { return errors.As(e.err, target) }
func (e *apiError) Unwrap() error        { return e.err }

// A mute error panics in Error alone.
type mute struct{ err error }

func (e *mute) Error() string { return e.err.Error() }

// TestErrorWithPanickingMethods: a nil pointer returned as an error is a failure
// like any other, also to gin's Logger.
func TestErrorWithPanickingMethods(t *testing.T) {
	for name, failed := range map[string]error{"all": (*apiError)(nil), "Error": (*mute)(nil)} {
		scheme, err := provider.Linktree("secret")
		if err != nil {
			t.Fatal(err)
		}
		var results []middleware.Result
		hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{
			Logger:  slog.New(slog.DiscardHandler),
			Observe: func(_ context.Context, o middleware.Outcome) { results = append(results, o.Result) },
		})
		r := gin.New()
		r.Use(gin.Logger())
		r.Any("/", hookgin.Wrap(hook.Layers(scheme, lru.New(nil), nil)),
			hookgin.JSON(linktree.LinkCreated, func(*gin.Context, dispatch.Event[map[string]any]) error { return failed }, nil))
		w := httptest.NewRecorder()
		r.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
		if w.Code != 500 || len(results) != 1 || results[0] != middleware.Failed {
			t.Errorf("%s: status %d, outcomes %v; want 500, one failure", name, w.Code, results)
		}
	}
}
