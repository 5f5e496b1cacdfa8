package hookecho_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookecho "github.com/hooklatch/hooklatch/adapters/echo"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

var (
	errHandler = errors.New("the handler's error")
	created    = hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1"})
)

// layers returns those of a receiver, and the control over its store.
func layers(t testing.TB) (*verify.Scheme, []func(http.Handler) http.Handler, *hooktest.Faults) {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	store, faults := hooktest.NewStore(lru.New(nil))
	hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	return scheme, []func(http.Handler) http.Handler{hook.Layers(scheme, store, nil)}, faults
}

// logged is echo with a log to look at.
func logged() (*echo.Echo, *strings.Builder) {
	e, log := echo.New(), new(strings.Builder)
	e.Logger = slog.New(slog.NewTextHandler(log, nil))
	return e, log
}

// TestMapperAnswers: after a success that was taken back, too, the program's
// own mapper has the word.
func TestMapperAnswers(t *testing.T) {
	scheme, layers, faults := layers(t)
	e, _ := logged()
	e.Any("/", func(c *echo.Context) error {
		if err := c.String(http.StatusOK, "thanks"); err != nil {
			return err
		}
		return echo.NewHTTPError(http.StatusTeapot, "mapped")
	}, hookecho.Wrap(layers...))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
	if w.Code != http.StatusTeapot || strings.TrimSpace(w.Body.String()) != `{"message":"mapped"}` || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("answer %d %q, header %v", w.Code, w.Body, w.Header())
	}
	if faults.Calls(hooktest.Release) != 1 {
		t.Error("the delivery was not released")
	}
}

// TestErrorMustNotSucceed: an error handler or a middleware that makes a
// success of a delivery's failure is overruled, and told so.
func TestErrorMustNotSucceed(t *testing.T) {
	fine := func(c *echo.Context) { _ = c.NoContent(http.StatusNoContent) } // the answer tells
	for name, h := range map[string]echo.HandlerFunc{
		"error": func(*echo.Context) error { return errHandler },
		"panic": func(*echo.Context) error { panic("no") },
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, _ := layers(t)
			e, log := logged()
			e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c *echo.Context) error {
					defer func() {
						if recover() != nil {
							fine(c)
						}
					}()
					if next(c) != nil {
						fine(c)
					}
					return nil
				}
			})
			e.Any("/", h, hookecho.Wrap(layers...))
			w := httptest.NewRecorder()
			e.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
			if w.Code != http.StatusInternalServerError {
				t.Errorf("status %d, want 500", w.Code)
			}
			// Once has answered a panic itself, before anything can recover.
			if name == "error" && !strings.Contains(log.String(), "sent again") {
				t.Errorf("the log does not tell:\n%s", log)
			}
		})
	}
}

// TestSilenceMustNotSucceed: where a layer panics, or an error is not answered,
// the server must not answer 200 by itself.
func TestSilenceMustNotSucceed(t *testing.T) {
	silent := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			defer func() { _ = recover() }()
			return next(c)
		}
	}
	panics := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a layer's") })
	}
	for name, outermost := range map[string][]func(http.Handler) http.Handler{
		"a layer that panics":     {panics},
		"an error without answer": nil,
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, faults := layers(t)
			e, _ := logged()
			e.HTTPErrorHandler = func(*echo.Context, error) {}
			e.Use(silent)
			e.Any("/", func(*echo.Context) error { return errHandler }, hookecho.Wrap(append(outermost, layers...)...))
			srv := httptest.NewServer(e)
			defer srv.Close()
			sender := &hooktest.Sender{URL: srv.URL, Signer: scheme, Client: srv.Client()}
			if got := sender.Post(t.Context(), created); got.OK() || faults.Calls(hooktest.Complete) > 0 {
				t.Errorf("answer %d %q (error %v) to what has not taken effect", got.Status, got.Body, got.Err)
			}
		})
	}
}

// TestHiddenResponse: where a middleware hides echo's response, an answer to a
// failure can't be looked at. None gets through whole.
func TestHiddenResponse(t *testing.T) {
	scheme, layers, _ := layers(t)
	e, log := logged()
	e.HTTPErrorHandler = mapToSuccess
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.SetResponse(struct{ http.ResponseWriter }{c.Response()})
			return next(c)
		}
	})
	e.Any("/", func(*echo.Context) error { return errHandler }, hookecho.Wrap(layers...))
	srv := httptest.NewServer(e)
	defer srv.Close()
	sender := &hooktest.Sender{URL: srv.URL, Signer: scheme, Client: srv.Client()}
	if got := sender.Post(t.Context(), created); got.OK() || !strings.Contains(log.String(), "hides echo's response") {
		t.Errorf("answer %d %q (error %v) to a failure; log:\n%s", got.Status, got.Body, got.Err, log)
	}
}

// TestOtherRoutes: without a Once layer around, echo's error mapping is not
// interfered with.
func TestOtherRoutes(t *testing.T) {
	e, _ := logged()
	e.HTTPErrorHandler = mapToSuccess
	e.Any("/", func(*echo.Context) error { return errHandler }, hookecho.Wrap(func(next http.Handler) http.Handler { return next }))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK || w.Body.String() != "never mind" {
		t.Errorf("answer %d %q", w.Code, w.Body)
	}
}

func mapToSuccess(c *echo.Context, _ error) {
	_ = c.String(http.StatusOK, "never mind") // the answer tells
}

// TestTypedErrors: what JSON itself finds wrong is an error that a mapper can
// tell apart.
func TestTypedErrors(t *testing.T) {
	var got error
	scheme, layers, _ := layers(t)
	e, _ := logged()
	keep := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error { got = next(c); return got }
	}
	e.Any("/", hookecho.JSON(linktree.LinkCreated, func(*echo.Context, dispatch.Event[int]) error { return nil }, nil), keep, hookecho.Wrap(layers...))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
	var decode *dispatch.DecodeError
	if !errors.As(got, &decode) || w.Code != http.StatusUnprocessableEntity {
		t.Errorf("error %v, status %d", got, w.Code)
	}
}

// TestWithoutLayers: a typed handler that is not behind the layers fails.
func TestWithoutLayers(t *testing.T) {
	e, _ := logged()
	e.POST("/", hookecho.JSON("link.created", func(*echo.Context, dispatch.Event[any]) error { return nil }, nil))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", w.Code)
	}
}

func TestNil(t *testing.T) {
	for name, f := range map[string]func(){
		"layer":    func() { hookecho.Wrap(nil) },
		"handler":  func() { hookecho.Handler(nil) },
		"function": func() { hookecho.JSON[any]("link.created", nil, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("nil %s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestSnippets(t *testing.T) { adaptertest.Snippets(t) }
