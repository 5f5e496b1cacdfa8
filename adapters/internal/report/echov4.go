package main

import (
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookechov4 "github.com/hooklatch/hooklatch/adapters/echov4"
	hook "github.com/hooklatch/hooklatch/middleware"
)

type (
	echoV4Wrap  func(...func(http.Handler) http.Handler) echo.MiddlewareFunc
	echoV4Mount func(http.Handler) echo.HandlerFunc
)

func hookechoV4Wrap(layers ...func(http.Handler) http.Handler) echo.MiddlewareFunc {
	return hookechov4.Wrap(layers...)
}

func hookechoV4Mount(h http.Handler) echo.HandlerFunc { return hookechov4.Handler(h) }

func wrapMiddlewareV4(layers ...func(http.Handler) http.Handler) echo.MiddlewareFunc {
	return echo.WrapMiddleware(hook.Chain(layers...))
}

func wrapHandlerV4(h http.Handler) echo.HandlerFunc { return echo.WrapHandler(h) }

// echoV4App builds programs with echo v4.
func echoV4App(wrap echoV4Wrap, mount echoV4Mount) adaptertest.Framework {
	return func(a adaptertest.App) http.Handler { return buildEchoV4(a, wrap, mount) }
}

func buildEchoV4(a adaptertest.App, wrap echoV4Wrap, mount echoV4Mount) http.Handler {
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
	e.Use(echoV4Around(a))
	switch a.Recovery {
	case adaptertest.Outside:
		e.Use(middleware.Recover())
	case adaptertest.Silent:
		e.Use(silentV4)
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
	e.GET("/read-only", func(echo.Context) error { return nil })
	e.Any("/hooks/:tenant", echoV4Handler(a, mount), chain...)
	return e
}

// silentV4 is a recovery that writes nothing.
func silentV4(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		defer func() { _ = recover() }()
		return next(c)
	}
}

func echoV4Handler(a adaptertest.App, mount echoV4Mount) echo.HandlerFunc {
	switch {
	case a.Mounted != nil:
		return mount(a.Mounted)
	case a.Typed != nil:
		return mount(a.Mux())
	}
	return func(c echo.Context) error {
		err := a.Handler(echoV4Exchange{c})
		var se adaptertest.StatusError
		if errors.As(err, &se) {
			return echo.NewHTTPError(int(se), "failed").SetInternal(err)
		}
		return err
	}
}

func echoV4Around(a adaptertest.App) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if a.Before != nil {
				a.Before(echoV4Exchange{c})
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

type echoV4Exchange struct{ c echo.Context }

func (x echoV4Exchange) Request() *http.Request      { return x.c.Request() }
func (x echoV4Exchange) Writer() http.ResponseWriter { return x.c.Response() }
func (x echoV4Exchange) Flush()                      { x.c.Response().Flush() }
func (x echoV4Exchange) Param(name string) string    { return x.c.Param(name) }
func (x echoV4Exchange) Bind(v any) error            { return x.c.Bind(v) }

func (x echoV4Exchange) Status(status int) error { return x.c.NoContent(status) }

func (x echoV4Exchange) Text(status int, text string) error { return x.c.String(status, text) }

// Inform goes past echo's response, which would take the status for final.
func (x echoV4Exchange) Inform(status int) {
	x.c.Response().Writer.WriteHeader(status)
}

func (x echoV4Exchange) Delivery() (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(x.c.Request().Context())
}
