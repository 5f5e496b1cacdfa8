package hookgin_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookgin "github.com/hooklatch/hooklatch/adapters/gin"
	"github.com/hooklatch/hooklatch/dispatch"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter, gin.DefaultErrorWriter = io.Discard, io.Discard
	os.Exit(m.Run())
}

func TestGin(t *testing.T) { adaptertest.Run(t, build) }

// build is a program with gin.
func build(a adaptertest.App) http.Handler {
	e := gin.New()
	e.HandleMethodNotAllowed = true
	if a.Map != nil {
		e.Use(renderErrors(a))
	}
	e.Use(around(a))
	recovery := gin.RecoveryWithWriter(io.Discard)
	switch a.Recovery {
	case adaptertest.Outside:
		e.Use(recovery)
	case adaptertest.Silent:
		e.Use(gin.CustomRecoveryWithWriter(io.Discard, func(*gin.Context, any) {}))
	}
	var chain []gin.HandlerFunc
	for _, layers := range a.Layers {
		chain = append(chain, hookgin.Wrap(layers...))
	}
	if a.Recovery == adaptertest.Inside {
		chain = append(chain, recovery)
	}
	if a.Global {
		e.Use(chain...)
		chain = nil
	}
	e.GET("/read-only", func(*gin.Context) {})
	e.Any("/hooks/:tenant", append(chain, handler(a))...)
	return e
}

func handler(a adaptertest.App) gin.HandlerFunc {
	switch {
	case a.Mounted != nil:
		return hookgin.Handler(a.Mounted)
	case a.Typed != nil:
		return hookgin.JSON(adaptertest.LinkCreated, func(c *gin.Context, e dispatch.Event[adaptertest.Link]) error {
			return a.Typed(c.Request.Context(), e)
		}, a.TypedOptions)
	}
	return func(c *gin.Context) {
		err := a.Handler(exchange{c})
		var se adaptertest.StatusError
		switch {
		case errors.As(err, &se):
			c.AbortWithError(int(se), err)
		case err != nil:
			c.Error(err)
			c.Abort()
		}
	}
}

// renderErrors is a program's own error mapper, as gin's documentation has it.
func renderErrors(a adaptertest.App) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			status, text := a.Map(c.Errors.Last().Err)
			c.String(status, text)
		}
	}
}

func around(a adaptertest.App) gin.HandlerFunc {
	return func(c *gin.Context) {
		if a.Before != nil {
			a.Before(exchange{c})
		}
		c.Next()
		if a.Swallow {
			c.Errors = nil
		}
		if a.After != nil {
			a.After(adaptertest.Seen{Status: c.Writer.Status(), Size: c.Writer.Size(), Request: c.Request})
		}
	}
}

type exchange struct{ c *gin.Context }

func (x exchange) Request() *http.Request      { return x.c.Request }
func (x exchange) Writer() http.ResponseWriter { return x.c.Writer }
func (x exchange) Inform(status int)           { x.c.Writer.WriteHeader(status) }
func (x exchange) Flush()                      { x.c.Writer.Flush() }
func (x exchange) Param(name string) string    { return x.c.Param(name) }
func (x exchange) Bind(v any) error            { return x.c.ShouldBindJSON(v) }

func (x exchange) Status(status int) error {
	x.c.Status(status)
	return nil
}

func (x exchange) Text(status int, text string) error {
	x.c.String(status, "%s", text)
	return nil
}

func (x exchange) Delivery() (*hooklatch.Delivery, bool) { return hookgin.Delivery(x.c) }
