package main

import (
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	adapter "github.com/gwatts/gin-adapter"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookgin "github.com/hooklatch/hooklatch/adapters/gin"
	"github.com/hooklatch/hooklatch/middleware"
)

type (
	ginWrap  func(...func(http.Handler) http.Handler) gin.HandlerFunc
	ginMount func(http.Handler) gin.HandlerFunc
)

func hookginWrap(layers ...func(http.Handler) http.Handler) gin.HandlerFunc {
	return hookgin.Wrap(layers...)
}

func hookginMount(h http.Handler) gin.HandlerFunc { return hookgin.Handler(h) }

func ginAdapterWrap(layers ...func(http.Handler) http.Handler) gin.HandlerFunc {
	return adapter.Wrap(middleware.Chain(layers...))
}

// naiveWrap is what one writes first.
func naiveWrap(layers ...func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		middleware.Chain(layers...)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			c.Request = r
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
	}
}

// ginApp builds programs with gin.
func ginApp(wrap ginWrap, mount ginMount) adaptertest.Framework {
	return func(a adaptertest.App) http.Handler { return buildGin(a, wrap, mount) }
}

func buildGin(a adaptertest.App, wrap ginWrap, mount ginMount) http.Handler {
	e := gin.New()
	e.HandleMethodNotAllowed = true
	if a.Map != nil {
		e.Use(ginErrors(a))
	}
	e.Use(ginAround(a))
	recovery := gin.RecoveryWithWriter(io.Discard)
	switch a.Recovery {
	case adaptertest.Outside:
		e.Use(recovery)
	case adaptertest.Silent:
		e.Use(gin.CustomRecoveryWithWriter(io.Discard, func(*gin.Context, any) {}))
	}
	var chain []gin.HandlerFunc
	for _, layers := range a.Layers {
		chain = append(chain, wrap(layers...))
	}
	if a.Recovery == adaptertest.Inside {
		chain = append(chain, recovery)
	}
	if a.Global {
		e.Use(chain...)
		chain = nil
	}
	e.GET("/read-only", func(*gin.Context) {})
	e.Any("/hooks/:tenant", append(chain, ginHandler(a, mount))...)
	return e
}

func ginHandler(a adaptertest.App, mount ginMount) gin.HandlerFunc {
	switch {
	case a.Mounted != nil:
		return mount(a.Mounted)
	case a.Typed != nil:
		return mount(a.Mux())
	}
	return func(c *gin.Context) {
		err := a.Handler(ginExchange{c})
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

// ginErrors is a program's own error mapper, as gin's documentation has it.
func ginErrors(a adaptertest.App) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if len(c.Errors) > 0 && !c.Writer.Written() {
			status, text := a.Map(c.Errors.Last().Err)
			c.String(status, text)
		}
	}
}

func ginAround(a adaptertest.App) gin.HandlerFunc {
	return func(c *gin.Context) {
		if a.Before != nil {
			a.Before(ginExchange{c})
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

type ginExchange struct{ c *gin.Context }

func (x ginExchange) Request() *http.Request      { return x.c.Request }
func (x ginExchange) Writer() http.ResponseWriter { return x.c.Writer }
func (x ginExchange) Inform(status int)           { x.c.Writer.WriteHeader(status) }
func (x ginExchange) Flush()                      { x.c.Writer.Flush() }
func (x ginExchange) Param(name string) string    { return x.c.Param(name) }
func (x ginExchange) Bind(v any) error            { return x.c.ShouldBindJSON(v) }

func (x ginExchange) Status(status int) error {
	x.c.Status(status)
	return nil
}

func (x ginExchange) Text(status int, text string) error {
	x.c.String(status, "%s", text)
	return nil
}

func (x ginExchange) Delivery() (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(x.c.Request.Context())
}
