package bridge

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// JSONOptions are the optional settings of an adapter's JSON. Nil and the zero
// value are ready to use. The fields mean what those of [dispatch.Mux] mean.
type JSONOptions struct {
	// TypeMember is the member of the body that names the event type, unless
	// verification has found it elsewhere. Empty means "type".
	TypeMember string

	// DataMember is the member of the body that is decoded. Empty means
	// "data".
	DataMember string

	// WholeBody decodes all of the body, whatever DataMember is: for
	// providers without an envelope, such as GitHub and Shopify.
	WholeBody bool

	// Decode decodes the data into the pointer v. Nil means
	// [encoding/json.Unmarshal].
	Decode func(data []byte, v any) error

	// RetryUnknown answers deliveries of other types with 503, so that the
	// sender tries again, rather than acknowledge them. See
	// [dispatch.Mux.RetryUnknown] for when to set it.
	RetryUnknown bool

	// Logger gets what no layer logs: deliveries of other types where no
	// Once layer is in front, and a warning, once, that there is none. Nil
	// means [slog.Default].
	Logger *slog.Logger
}

// Events decodes the events of one type. It is safe for concurrent use.
type Events[T any] struct {
	mux   *dispatch.Mux
	alone atomic.Bool // the log says that no Once layer is around
}

// NewEvents returns the decoder for events of the type typ, or for a pattern
// such as "link.*", as [dispatch.Mux.Handle] takes it. It panics if the pattern
// is malformed.
func NewEvents[T any](typ string, o *JSONOptions) *Events[T] {
	if o == nil {
		o = new(JSONOptions)
	}
	e := &Events[T]{mux: &dispatch.Mux{
		Logger:       o.Logger,
		RetryUnknown: o.RetryUnknown,
		Decode:       o.Decode,
		TypeMember:   o.TypeMember,
		DataMember:   o.DataMember,
		WholeBody:    o.WholeBody,
	}}
	// The first notes the type also of an event whose data does not fit.
	e.mux.Handle(typ, dispatch.HandlerFunc(note[T]), dispatch.JSON(func(ctx context.Context, event dispatch.Event[T]) error {
		s := ctx.Value(slotKey{}).(*slot[T])
		s.event, s.filled = event, true
		return nil
	}))
	e.mux.Fallback = dispatch.HandlerFunc(e.unknown)
	return e
}

// A slot takes an event out of a Mux, so that the framework's handler runs
// outside of it: the handler's panics are for the framework to recover.
type slot[T any] struct {
	d      *hooklatch.Delivery // with its type
	event  dispatch.Event[T]
	filled bool
}

type slotKey struct{}

func note[T any](ctx context.Context, d *hooklatch.Delivery) error {
	ctx.Value(slotKey{}).(*slot[T]).d = d
	return nil
}

// unknown is what a Mux does without a Fallback, and notes the type.
func (e *Events[T]) unknown(ctx context.Context, d *hooklatch.Delivery) error {
	_ = note[T](ctx, d) // never fails
	var err error
	if e.mux.RetryUnknown {
		err = dispatch.RetryAfter(dispatch.ErrUnknownType, wire.RetryUnknown)
	}
	if !hooklatch.Report(ctx, hooklatch.UnknownType, err) {
		e.logger().WarnContext(ctx, "webhook type unknown: acknowledged without a handler", slog.Any("webhook", d))
	}
	return err
}

// Open returns the delivery that ctx carries with its data decoded, and its Type
// filled in if the body names it. It returns false, and has reported
// [hooklatch.UnknownType], if the event is of another type: the handler must not
// run, and the delivery is acknowledged.
//
// The error is a [*dispatch.EnvelopeError], a [*dispatch.UnsupportedError], a
// [*dispatch.DecodeError] or, with RetryUnknown, [dispatch.ErrUnknownType], unless a layer is missing.
func (e *Events[T]) Open(ctx context.Context) (event dispatch.Event[T], ok bool, err error) {
	d, ok := hooklatch.FromContext(ctx)
	if !ok || d.Provider == "" {
		return event, false, errNoDelivery
	}
	if hooklatch.ReporterFrom(ctx) == nil && !e.alone.Swap(true) {
		e.logger().WarnContext(ctx, "webhook handled without a Once layer before it: each retry takes effect again", slog.Any("webhook", d))
	}
	var s slot[T]
	err = e.mux.HandleDelivery(context.WithValue(ctx, slotKey{}, &s), d)
	if d.Type == "" && s.d != nil { // it is this goroutine's: the layers wait
		d.Type, d.TypeMember = s.d.Type, s.d.TypeMember
		s.event.Delivery = d
	}
	return s.event, s.filled && err == nil, err
}

var errNoDelivery = errors.New("no verified delivery in the request's context: the Capture and Verify layers must come before this handler")

func (e *Events[T]) logger() *slog.Logger {
	if e.mux.Logger != nil {
		return e.mux.Logger
	}
	return slog.Default()
}

// Answer returns the status and the text for errors of package dispatch's
// kinds, or that wrap one: 503 for one made with [dispatch.RetryAfter] and for
// [dispatch.ErrUnknownType], for which it also sets the header, 422, 400 and 415. ok
// is false for all others, which are the framework's to map, and for an error whose
// Is, As or Unwrap method panics, as one on a nil pointer does.
func Answer(h http.Header, err error) (status int, text string, ok bool) {
	defer func() {
		if recover() != nil {
			status, text, ok = 0, "", false
		}
	}()
	wait, later := dispatch.RetryDelay(err)
	if is(err, dispatch.ErrUnknownType) {
		wait, later = wire.RetryUnknown, true
	}
	var envelope *dispatch.EnvelopeError
	var decode *dispatch.DecodeError
	var unsupported *dispatch.UnsupportedError
	switch {
	case later:
		wire.SetRetryAfter(h, wait)
		return http.StatusServiceUnavailable, wire.TryLater, true
	case errors.As(err, &decode):
		return http.StatusUnprocessableEntity, wire.BadData, true
	case errors.As(err, &envelope):
		return http.StatusBadRequest, wire.NoEvent, true
	case errors.As(err, &unsupported):
		return http.StatusUnsupportedMediaType, wire.BadMedia, true
	}
	return 0, "", false
}
