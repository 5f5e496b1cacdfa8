// Package hookecho puts the hooklatch layers into echo v5, around handlers
// written for echo: with binding, path parameters, returned errors and echo's
// own responses. Package hookechov4 is for echo v4.
//
//	e.Any("/webhooks/linktree",
//		hookecho.JSON(linktree.LinkCreated, onLinkCreated, nil),
//		hookecho.Wrap(hook.Layers(scheme, store, nil)))
//
// A ready receiver, for one event type or many, is mounted with [Handler]:
//
//	e.Any("/webhooks/linktree", hookecho.Handler(receiver))
//
// Use Any, so that HEAD and the methods that are not allowed are answered by
// the Accept layer.
//
// # What counts as success
//
// A handler's delivery is done if it returned nil, and wrote a 2xx or nothing
// at all. It has failed, and is released for the sender's retry, if the handler
// returned an error, even after it wrote a 2xx; wrote another status; or
// panicked.
//
// Echo's HTTPErrorHandler gives the answer to a returned error, as ever. Should
// it make a 2xx of it, 500 is sent instead: the sender would not come again
// otherwise. Should it give none, or a middleware drop the error, the connection
// is cut.
//
// Behind the layers, a middleware that returns nil without an answer and
// without a call of its next handler looks like a handler that has finished:
// the delivery is done. Have it return an error.
//
// Behind the layers, c.Response() is a writer around echo's Response, which
// [echo.UnwrapResponse] returns. It sends informational statuses, such as 103, and
// does not take them for the answer's.
//
// A recovery behind the layers must return the panic as an error, as echo's
// Recover does.
package hookecho

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/bridge"
	"github.com/hooklatch/hooklatch/dispatch"
)

// Wrap returns a middleware that runs the layers, the first outermost, around
// the rest of echo's chain. The layers find the route's parameters with the
// request's PathValue. If a layer answers by itself, the rest does not run.
//
// The rest runs once for each request, even if a layer calls its next handler
// again. Wrap panics if a layer is nil.
func Wrap(layers ...func(http.Handler) http.Handler) echo.MiddlewareFunc {
	// Here, not in the function below: that is called again for each route.
	b := bridge.New(layers...)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			if res, err := echo.UnwrapResponse(c.Response()); err == nil {
				reopen(res)
			}
			_, err := b.Serve(c.Response(), request(c), &native{c, next})
			return err
		}
	}
}

// Handler mounts a ready handler, such as a linktree.Receiver or a
// dispatch.Mux behind [Wrap]. It finds the route's parameters with the
// request's PathValue. It panics if h is nil.
func Handler(h http.Handler) echo.HandlerFunc {
	if h == nil {
		panic("hookecho: Handler: nil handler")
	}
	return Wrap(func(http.Handler) http.Handler { return h })(nil)
}

// Delivery returns the verified delivery that the request brought, and whether
// there is one: behind [Wrap] with the Capture and Verify layers.
func Delivery(c *echo.Context) (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(c.Request().Context())
}

// JSONOptions are the optional settings of [JSON]. Nil and the zero value are
// ready to use.
type JSONOptions = bridge.JSONOptions

// JSON returns a handler for events of the type typ, or of a pattern such as
// "link.*". It decodes the event's data into a T, as dispatch.JSON does, and
// calls fn with it.
//
// Deliveries of other types are acknowledged without a call of fn, and logged
// and reported as of an unknown type; with RetryUnknown they are answered 503
// instead. To have several types, each decoded into its own T, mount a
// dispatch.Mux with [Handler].
//
// Errors of fn are echo's to map, except those made with dispatch.RetryAfter,
// which become an [echo.HTTPError] with 503, and set Retry-After. Data that
// does not fit T is a *dispatch.DecodeError within one with 422, and a body that
// is no event a *dispatch.EnvelopeError within one with 400; fn is not called
// then. Panics of fn are for echo's Recover to recover.
//
// It panics if typ is malformed or fn is nil.
func JSON[T any](typ string, fn func(c *echo.Context, e dispatch.Event[T]) error, o *JSONOptions) echo.HandlerFunc {
	if fn == nil {
		panic("hookecho: JSON: nil function")
	}
	events := bridge.NewEvents[T](typ, o)
	return func(c *echo.Context) error {
		e, ok, err := events.Open(c.Request().Context())
		if ok {
			err = fn(c, e)
		}
		if err == nil {
			return nil
		}
		if status, text, known := bridge.Answer(c.Response().Header(), err); known {
			return echo.NewHTTPError(status, text).Wrap(err)
		}
		return err
	}
}
