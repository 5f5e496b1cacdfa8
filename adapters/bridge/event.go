package bridge

import (
	"context"
	"errors"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

var errNoDelivery = errors.New("no verified delivery in the request's context: the Capture and Verify layers must come before this handler")

// router finds a delivery's type and leaves the rest to the framework.
var router = &dispatch.Mux{Fallback: dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { return nil })}

// Event returns the delivery that ctx carries, with its data decoded as
// [dispatch.JSON] does it, and its Type filled in if the body names it. The
// error is a [*dispatch.EnvelopeError] or a [*dispatch.DecodeError] unless a
// layer is missing.
func Event[T any](ctx context.Context) (dispatch.Event[T], error) {
	var event dispatch.Event[T]
	d, ok := hooklatch.FromContext(ctx)
	if !ok || d.Provider == "" {
		return event, errNoDelivery
	}
	if err := router.HandleDelivery(ctx, d); err != nil {
		return event, err
	}
	err := dispatch.JSON(func(_ context.Context, e dispatch.Event[T]) error {
		event = e
		return nil
	}).HandleDelivery(ctx, d)
	return event, err
}

// Answer returns the status and the text for errors of package dispatch's
// kinds, or that wrap one: 503 for one made with [dispatch.RetryAfter], for
// which it also sets the header, 422 and 400. ok is false for all others, which
// are the framework's to map.
func Answer(h http.Header, err error) (status int, text string, ok bool) {
	if wait, later := dispatch.RetryDelay(err); later {
		wire.SetRetryAfter(h, wait)
		return http.StatusServiceUnavailable, wire.TryLater, true
	}
	var envelope *dispatch.EnvelopeError
	var decode *dispatch.DecodeError
	switch {
	case errors.As(err, &decode):
		return http.StatusUnprocessableEntity, wire.BadData, true
	case errors.As(err, &envelope):
		return http.StatusBadRequest, wire.NoEvent, true
	}
	return 0, "", false
}
