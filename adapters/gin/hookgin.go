// Package hookgin puts the hooklatch layers into gin, around handlers written
// for gin: with binding, path parameters, c.Error and gin's own writers.
//
//	r.Any("/webhooks/linktree",
//		hookgin.Wrap(hook.Layers(scheme, store, nil)),
//		hookgin.JSON(linktree.LinkCreated, onLinkCreated, nil))
//
// A ready receiver, for one event type or many, is mounted with [Handler]:
//
//	r.Any("/webhooks/linktree", hookgin.Handler(receiver))
//
// Use Any, so that HEAD and the methods that are not allowed are answered by
// the Accept layer.
//
// # What counts as success
//
// A handler's delivery is done if the handler wrote a 2xx, or nothing at all.
// It has failed, and is released for the sender's retry, if
//
//   - the status it set is not a 2xx, whether a body follows or not;
//   - it attached an error with c.Error and has written nothing: gin would
//     answer 200, this package has it answer 500, or the status that the
//     handler or an error-rendering middleware sets;
//   - it attached an error, or tried to set a failure's status, after it had
//     written a 2xx;
//   - a handler behind the layers called c.Abort and nothing was written: a
//     handler further on has not run, and c.Abort alone acknowledges nothing;
//   - there is no handler: [Wrap] is the last in gin's chain;
//   - it panicked, and the panic reached the layers, or a recovery behind them
//     answered it.
//
// An error that was attached before a 2xx was written is the handler's own
// business. A recovery behind the layers that neither answers nor attaches an
// error leaves no trace of the panic: put recoveries around the layers.
package hookgin

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/bridge"
	"github.com/hooklatch/hooklatch/dispatch"
)

// Wrap returns a middleware that runs the layers, the first outermost, around
// the handlers that follow it in gin's chain. The layers find the route's
// parameters with the request's PathValue. If a layer answers by itself, the
// chain is aborted.
//
// The handlers run once for each request, even if a layer calls its next
// handler again. Wrap panics if a layer is nil.
func Wrap(layers ...func(http.Handler) http.Handler) gin.HandlerFunc {
	return newWrap(bridge.New(layers...))
}

// Handler mounts a ready handler, such as a linktree.Receiver or a
// dispatch.Mux behind [Wrap]. It finds the route's parameters with the
// request's PathValue. No handler runs after it. It panics if h is nil.
func Handler(h http.Handler) gin.HandlerFunc {
	if h == nil {
		panic("hookgin: Handler: nil handler")
	}
	return Wrap(func(http.Handler) http.Handler { return h })
}

// Delivery returns the verified delivery that the request brought, and whether
// there is one: behind [Wrap] with the Capture and Verify layers.
func Delivery(c *gin.Context) (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(c.Request.Context())
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
// instead. A route has one JSON: to have several types, each decoded into its
// own T, mount a dispatch.Mux with [Handler].
//
// An error of fn is attached with c.Error. Unless fn has written an answer, gin
// answers 500, or what an error-rendering middleware makes of it; 503 with
// Retry-After for one made with dispatch.RetryAfter. Data that does not fit T
// is a *dispatch.DecodeError, with the status 422, and a body that is no event
// a *dispatch.EnvelopeError, with 400; fn is not called then. Panics of fn are
// for gin.Recovery to recover.
//
// It panics if typ is malformed or fn is nil.
func JSON[T any](typ string, fn func(c *gin.Context, e dispatch.Event[T]) error, o *JSONOptions) gin.HandlerFunc {
	if fn == nil {
		panic("hookgin: JSON: nil function")
	}
	events := bridge.NewEvents[T](typ, o)
	return func(c *gin.Context) {
		e, ok, err := events.Open(c.Request.Context())
		if ok {
			err = fn(c, e)
		}
		if err == nil {
			return
		}
		status, _, known := bridge.Answer(c.Writer.Header(), err)
		switch {
		case known:
			c.Status(status)
		case bridge.Success(c.Writer.Status()) && !c.Writer.Written():
			c.Status(http.StatusInternalServerError)
		}
		attach(c, err)
		c.Abort()
	}
}

// attach is c.Error, also for an error whose methods panic, as those of one on a nil
// pointer do: c.Error, gin's Logger and others call them.
func attach(c *gin.Context, err error) {
	defer func() {
		if recover() != nil {
			_ = c.Error(fmt.Errorf("hookgin: an error whose methods panic, of type %T", err)) // returns what it was given
		}
	}()
	_ = err.Error()  // the panic counts
	_ = c.Error(err) // returns what it was given
}
