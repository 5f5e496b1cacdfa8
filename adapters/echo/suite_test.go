package hookecho_test

import (
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookecho "github.com/hooklatch/hooklatch/adapters/echo"
	"github.com/hooklatch/hooklatch/dispatch"
)

func TestEcho(t *testing.T) { adaptertest.Run(t, build) }

// build is a program with echo.
func build(a adaptertest.App) http.Handler {
	e := echo.New()
	e.Logger = slog.New(slog.DiscardHandler)
	if a.Map != nil {
		e.HTTPErrorHandler = func(c *echo.Context, err error) {
			if res, _ := echo.UnwrapResponse(c.Response()); res != nil && res.Committed {
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
		chain = append(chain, hookecho.Wrap(layers...))
	}
	if a.Recovery == adaptertest.Inside {
		chain = append(chain, middleware.Recover())
	}
	if a.Global {
		e.Use(chain...)
		chain = nil
	}
	e.GET("/read-only", func(*echo.Context) error { return nil })
	e.Any("/hooks/:tenant", handler(a), chain...)
	return e
}

func handler(a adaptertest.App) echo.HandlerFunc {
	switch {
	case a.Mounted != nil:
		return hookecho.Handler(a.Mounted)
	case a.Typed != nil:
		return hookecho.JSON(adaptertest.LinkCreated, func(c *echo.Context, e dispatch.Event[adaptertest.Link]) error {
			return a.Typed(c.Request().Context(), e)
		}, a.TypedOptions)
	}
	return func(c *echo.Context) error {
		err := a.Handler(exchange{c})
		var se adaptertest.StatusError
		if errors.As(err, &se) {
			return echo.NewHTTPError(int(se), "failed").Wrap(err)
		}
		return err
	}
}

// silent is a recovery that writes nothing.
func silent(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		defer func() { _ = recover() }()
		return next(c)
	}
}

func around(a adaptertest.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			if a.Before != nil {
				a.Before(exchange{c})
			}
			err := next(c)
			if res, rerr := echo.UnwrapResponse(c.Response()); a.After != nil && rerr == nil {
				a.After(adaptertest.Seen{Status: res.Status, Size: int(res.Size), Err: err, Request: c.Request()})
			}
			if a.Swallow {
				return nil
			}
			return err
		}
	}
}

type exchange struct{ c *echo.Context }

func (x exchange) Request() *http.Request      { return x.c.Request() }
func (x exchange) Writer() http.ResponseWriter { return x.c.Response() }
func (x exchange) Flush()                      { x.c.Response().(http.Flusher).Flush() }
func (x exchange) Param(name string) string    { return x.c.Param(name) }
func (x exchange) Bind(v any) error            { return x.c.Bind(v) }

func (x exchange) Status(status int) error { return x.c.NoContent(status) }

func (x exchange) Text(status int, text string) error { return x.c.String(status, text) }

func (x exchange) Inform(status int) { x.c.Response().WriteHeader(status) }

func (x exchange) Delivery() (*hooklatch.Delivery, bool) { return hookecho.Delivery(x.c) }
