package hookgin_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookgin "github.com/hooklatch/hooklatch/adapters/gin"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
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

var (
	errHandler = errors.New("the handler's error")
	created    = hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1"})
)

// TestAttachedErrors: what c.Error means depends on what was written, and when.
func TestAttachedErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		h      gin.HandlerFunc
		status int
		done   bool
	}{
		"before a success": {func(c *gin.Context) {
			c.Error(errHandler)
			c.String(http.StatusOK, "thanks all the same")
		}, 200, true},
		"after a success": {func(c *gin.Context) {
			c.String(http.StatusOK, "thanks")
			c.Error(errHandler)
		}, 500, false},
		"with nothing written":     {func(c *gin.Context) { c.Error(errHandler) }, 500, false},
		"with a status of success": {func(c *gin.Context) { c.Status(202); c.Error(errHandler) }, 500, false},
		"with a status of failure": {func(c *gin.Context) { c.Status(409); c.Error(errHandler) }, 409, false},
		"by AbortWithError":        {func(c *gin.Context) { c.AbortWithError(422, errHandler) }, 422, false},
		"a failure after a success": {func(c *gin.Context) {
			c.String(http.StatusOK, "thanks")
			c.JSON(http.StatusInternalServerError, nil)
		}, 500, false},
		"the status lazily": {func(c *gin.Context) { c.Status(202) }, 202, true},
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, faults := layers(t)
			r := gin.New()
			r.Any("/", hookgin.Wrap(layers...), tt.h)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
			if done := faults.Calls(hooktest.Complete) == 1; w.Code != tt.status || done != tt.done {
				t.Errorf("status %d, done %v, want %d, %v", w.Code, done, tt.status, tt.done)
			}
		})
	}
}

// TestAbort: a chain that ends before its last handler acknowledges nothing by
// silence.
func TestAbort(t *testing.T) {
	work := func(*gin.Context) {}
	for name, tt := range map[string]struct {
		handlers []gin.HandlerFunc
		status   int
		done     bool
	}{
		"bare":              {[]gin.HandlerFunc{func(c *gin.Context) { c.Abort() }, work}, 500, false},
		"by the last":       {[]gin.HandlerFunc{func(c *gin.Context) { c.Abort() }}, 500, false},
		"after Next":        {[]gin.HandlerFunc{func(c *gin.Context) { c.Next(); c.Abort() }, work}, 500, false},
		"with an error":     {[]gin.HandlerFunc{func(c *gin.Context) { c.Error(errHandler); c.Abort() }, work}, 500, false},
		"with a failure":    {[]gin.HandlerFunc{func(c *gin.Context) { c.AbortWithStatus(409) }, work}, 409, false},
		"with a success":    {[]gin.HandlerFunc{func(c *gin.Context) { c.AbortWithStatus(204) }, work}, 204, true},
		"with a late 2xx":   {[]gin.HandlerFunc{func(c *gin.Context) { c.Status(202); c.Abort() }, work}, 202, true},
		"after a success":   {[]gin.HandlerFunc{func(c *gin.Context) { c.String(200, "thanks"); c.Abort() }, work}, 200, true},
		"of a silent mount": {[]gin.HandlerFunc{hookgin.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))}, 200, true},
		"of a layer": {[]gin.HandlerFunc{hookgin.Wrap(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
		}), work}, 403, false},
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, faults := layers(t)
			r := gin.New()
			r.Any("/", append([]gin.HandlerFunc{hookgin.Wrap(layers...)}, tt.handlers...)...)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
			if done := faults.Calls(hooktest.Complete) == 1; w.Code != tt.status || done != tt.done {
				t.Errorf("status %d, done %v, want %d, %v", w.Code, done, tt.status, tt.done)
			}
		})
	}
}

// TestRecoveryMustNotSucceed: a recovery outside of the layers does not turn a
// panicked delivery into a success.
func TestRecoveryMustNotSucceed(t *testing.T) {
	for name, recovery := range map[string]gin.HandlerFunc{
		"silent":     gin.CustomRecoveryWithWriter(io.Discard, func(*gin.Context, any) {}),
		"successful": gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.String(200, "fine") }),
		"status":     gin.CustomRecoveryWithWriter(io.Discard, func(c *gin.Context, _ any) { c.AbortWithStatus(204) }),
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, _ := layers(t)
			r := gin.New()
			r.Use(recovery)
			r.Any("/", hookgin.Wrap(layers...), func(*gin.Context) { panic("no") })
			w := httptest.NewRecorder()
			r.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
			if w.Code != http.StatusInternalServerError {
				t.Errorf("status %d, want 500", w.Code)
			}
		})
	}
}

// TestMapperAnswers: after a success that was taken back, too, the program's
// own mapper has the word.
func TestMapperAnswers(t *testing.T) {
	scheme, layers, _ := layers(t)
	r := gin.New()
	r.Use(func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			c.JSON(http.StatusTeapot, gin.H{"error": "mapped"})
		}
	})
	r.Any("/", hookgin.Wrap(layers...), func(c *gin.Context) {
		c.String(http.StatusOK, "thanks")
		c.Error(errHandler)
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
	if w.Code != http.StatusTeapot || w.Body.String() != `{"error":"mapped"}` || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("answer %d %q, header %v", w.Code, w.Body, w.Header())
	}
}

// TestRefusalIsFinal: a layer's status without a body is not open to middlewares
// that come after.
func TestRefusalIsFinal(t *testing.T) {
	r := gin.New()
	r.Use(func(c *gin.Context) {
		c.Next()
		if !c.Writer.Written() {
			c.Status(http.StatusOK)
		}
	})
	r.Any("/", hookgin.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	}))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
}

// TestOtherRoutes: without a Once layer around, gin's error mapping is not
// interfered with.
func TestOtherRoutes(t *testing.T) {
	r := gin.New()
	r.Use(func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 {
			c.String(http.StatusOK, "never mind")
		}
	})
	r.Any("/", hookgin.Wrap(func(next http.Handler) http.Handler { return next }), func(c *gin.Context) { c.Error(errHandler) })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusOK || w.Body.String() != "never mind" {
		t.Errorf("answer %d %q", w.Code, w.Body)
	}
}

// TestWithoutLayers: a typed handler that is not behind the layers fails.
func TestWithoutLayers(t *testing.T) {
	r := gin.New()
	r.POST("/", hookgin.JSON("link.created", func(*gin.Context, dispatch.Event[any]) error { return nil }, nil))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", w.Code)
	}
}

func TestNil(t *testing.T) {
	for name, f := range map[string]func(){
		"layer":    func() { hookgin.Wrap(nil) },
		"handler":  func() { hookgin.Handler(nil) },
		"function": func() { hookgin.JSON[any]("link.created", nil, nil) },
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
