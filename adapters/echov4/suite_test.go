package hookechov4_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookechov4 "github.com/hooklatch/hooklatch/adapters/echov4"
	"github.com/hooklatch/hooklatch/dispatch"
)

func TestEchoV4(t *testing.T) { adaptertest.Run(t, build) }

// build is a program with echo.
func build(a adaptertest.App) http.Handler {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	if a.Map != nil {
		e.HTTPErrorHandler = func(err error, c echo.Context) {
			if c.Response().Committed {
				return
			}
			status, text := a.Map(err)
			_ = c.String(status, text) // the client tells
		}
	}
	e.Use(around(a))
	switch a.Recovery {
	case adaptertest.Outside:
		e.Use(middleware.Recover())
	case adaptertest.Silent:
		e.Use(silent)
	}
	var chain []echo.MiddlewareFunc
	for _, layers := range a.Layers {
		chain = append(chain, hookechov4.Wrap(layers...))
	}
	if a.Recovery == adaptertest.Inside {
		chain = append(chain, middleware.Recover())
	}
	if a.Global {
		e.Use(chain...)
		chain = nil
	}
	e.GET("/read-only", func(echo.Context) error { return nil })
	e.Any("/hooks/:tenant", handler(a), chain...)
	return e
}

func handler(a adaptertest.App) echo.HandlerFunc {
	switch {
	case a.Mounted != nil:
		return hookechov4.Handler(a.Mounted)
	case a.Typed != nil:
		return hookechov4.JSON(adaptertest.LinkCreated, func(c echo.Context, e dispatch.Event[adaptertest.Link]) error {
			return a.Typed(c.Request().Context(), e)
		}, a.TypedOptions)
	}
	return func(c echo.Context) error {
		err := a.Handler(exchange{c})
		var se adaptertest.StatusError
		if errors.As(err, &se) {
			return echo.NewHTTPError(int(se), "failed").SetInternal(err)
		}
		return err
	}
}

// silent is a recovery that writes nothing.
func silent(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		defer func() { _ = recover() }()
		return next(c)
	}
}

func around(a adaptertest.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if a.Before != nil {
				a.Before(exchange{c})
			}
			err := next(c)
			if res := c.Response(); a.After != nil {
				a.After(adaptertest.Seen{Status: res.Status, Size: int(res.Size), Err: err, Request: c.Request()})
			}
			if a.Swallow {
				return nil
			}
			return err
		}
	}
}

type exchange struct{ c echo.Context }

func (x exchange) Request() *http.Request      { return x.c.Request() }
func (x exchange) Writer() http.ResponseWriter { return x.c.Response() }
func (x exchange) Flush()                      { x.c.Response().Flush() }
func (x exchange) Param(name string) string    { return x.c.Param(name) }
func (x exchange) Bind(v any) error            { return x.c.Bind(v) }

func (x exchange) Status(status int) error { return x.c.NoContent(status) }

func (x exchange) Text(status int, text string) error { return x.c.String(status, text) }

// Inform goes past echo's response, which would take the status for final.
func (x exchange) Inform(status int) { x.c.Response().Writer.WriteHeader(status) }

func (x exchange) Delivery() (*hooklatch.Delivery, bool) { return hookechov4.Delivery(x.c) }
