package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookecho "github.com/hooklatch/hooklatch/adapters/echo"
	hook "github.com/hooklatch/hooklatch/middleware"
)

type (
	echoWrap  func(...func(http.Handler) http.Handler) echo.MiddlewareFunc
	echoMount func(http.Handler) echo.HandlerFunc
)

func hookechoWrap(layers ...func(http.Handler) http.Handler) echo.MiddlewareFunc {
	return hookecho.Wrap(layers...)
}

func hookechoMount(h http.Handler) echo.HandlerFunc { return hookecho.Handler(h) }

func wrapMiddleware(layers ...func(http.Handler) http.Handler) echo.MiddlewareFunc {
	return echo.WrapMiddleware(hook.Chain(layers...))
}

func wrapHandler(h http.Handler) echo.HandlerFunc { return echo.WrapHandler(h) }

// echoApp builds programs with echo v5.
func echoApp(wrap echoWrap, mount echoMount) adaptertest.Framework {
	return func(a adaptertest.App) http.Handler { return buildEcho(a, wrap, mount) }
}

func buildEcho(a adaptertest.App, wrap echoWrap, mount echoMount) http.Handler {
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
	e.Use(echoAround(a))
	switch a.Recovery {
	case adaptertest.Outside:
		e.Use(middleware.Recover())
	case adaptertest.Silent:
		e.Use(silent)
	}
	var chain []echo.MiddlewareFunc
	for _, layers := range a.Layers {
		chain = append(chain, wrap(layers...))
	}
	if a.Recovery == adaptertest.Inside {
		chain = append(chain, middleware.Recover())
	}
	if a.Global {
		e.Use(chain...)
		chain = nil
	}
	e.GET("/read-only", func(*echo.Context) error { return nil })
	e.Any("/hooks/:tenant", echoHandler(a, mount), chain...)
	return e
}

// silent is a recovery that writes nothing.
func silent(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c *echo.Context) error {
		defer func() { _ = recover() }()
		return next(c)
	}
}

func echoHandler(a adaptertest.App, mount echoMount) echo.HandlerFunc {
	switch {
	case a.Mounted != nil:
		return mount(a.Mounted)
	case a.Typed != nil:
		return mount(a.Mux())
	}
	return func(c *echo.Context) error {
		err := a.Handler(echoExchange{c})
		var se adaptertest.StatusError
		if errors.As(err, &se) {
			return echo.NewHTTPError(int(se), "failed").Wrap(err)
		}
		return err
	}
}

func echoAround(a adaptertest.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			if a.Before != nil {
				a.Before(echoExchange{c})
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

type echoExchange struct{ c *echo.Context }

func (x echoExchange) Request() *http.Request      { return x.c.Request() }
func (x echoExchange) Writer() http.ResponseWriter { return x.c.Response() }
func (x echoExchange) Flush()                      { x.c.Response().(http.Flusher).Flush() }
func (x echoExchange) Param(name string) string    { return x.c.Param(name) }
func (x echoExchange) Bind(v any) error            { return x.c.Bind(v) }

func (x echoExchange) Status(status int) error { return x.c.NoContent(status) }

func (x echoExchange) Text(status int, text string) error { return x.c.String(status, text) }

// Inform goes past echo's response, which would take the status for final.
func (x echoExchange) Inform(status int) {
	if res, err := echo.UnwrapResponse(x.c.Response()); err == nil {
		res.ResponseWriter.WriteHeader(status)
	}
}

func (x echoExchange) Delivery() (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(x.c.Request().Context())
}
