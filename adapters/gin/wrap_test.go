package hookgin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	hookgin "github.com/hooklatch/hooklatch/adapters/gin"
	"github.com/hooklatch/hooklatch/hooktest"
)

// TestNoHandler: layers with nothing behind them acknowledge nothing.
func TestNoHandler(t *testing.T) {
	pass := hookgin.Wrap(func(next http.Handler) http.Handler { return next })
	silent := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	ends := hookgin.Wrap(func(http.Handler) http.Handler { return silent })
	nothing := func(*gin.Context) {}
	next := func(c *gin.Context) { c.Next() }
	for name, tt := range map[string]struct {
		behind []gin.HandlerFunc
		status int
	}{
		"nothing":             {nil, 500},
		"another Wrap":        {[]gin.HandlerFunc{pass}, 500},
		"two more":            {[]gin.HandlerFunc{pass, pass}, 500},
		"middleware, Wrap":    {[]gin.HandlerFunc{next, pass}, 500},
		"silent handler":      {[]gin.HandlerFunc{nothing}, 200},
		"Wrap, handler":       {[]gin.HandlerFunc{pass, nothing}, 200},
		"mounted":             {[]gin.HandlerFunc{hookgin.Handler(silent)}, 200},
		"a layer that ends":   {[]gin.HandlerFunc{ends}, 200},
		"Wrap, mounted":       {[]gin.HandlerFunc{pass, hookgin.Handler(silent)}, 200},
		"middleware, mounted": {[]gin.HandlerFunc{next, hookgin.Handler(silent)}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, faults := layers(t)
			r := gin.New()
			r.Any("/", append([]gin.HandlerFunc{hookgin.Wrap(layers...)}, tt.behind...)...)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, hooktest.NewRequest(t, "/", scheme, created))
			completes, releases := faults.Calls(hooktest.Complete), faults.Calls(hooktest.Release)
			if success := tt.status < 300; w.Code != tt.status || success != (completes == 1) || success != (releases == 0) {
				t.Errorf("status %d, want %d; completed %d times, released %d times", w.Code, tt.status, completes, releases)
			}
		})
	}
}
