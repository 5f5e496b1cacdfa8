package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/hooklatch/hooklatch"
)

// An Event is a delivery with its data decoded.
type Event[T any] struct {
	*hooklatch.Delivery
	Data T
}

// JSON returns a handler that decodes the event's data into a T and calls fn
// with it. T is inferred:
//
//	mux.Handle("link.created", dispatch.JSON(onLinkCreated))
//
// Data that is missing or does not fit T is a [*DecodeError], and fn is not
// called. What fits is for the decoder to say: encoding/json, for one, ignores
// members that T does not have, and lets null leave T at its zero value.
//
// Under a [Mux], wrapped in other handlers or not, the handler takes the data
// from where the Mux says, and decodes it with the Mux's decoder. Called by
// itself, it takes the member "data" of the body and uses encoding/json. For the
// JSON of a form or of a compressed body as it is, let T be [json.RawMessage].
//
// It panics if fn is nil.
func JSON[T any](fn func(context.Context, Event[T]) error) Handler {
	if fn == nil {
		panic("dispatch: JSON: nil function")
	}
	return jsonHandler[T](fn)
}

type jsonHandler[T any] func(context.Context, Event[T]) error

// A dataHandler is a Handler that can take the data from a Mux that has found
// it already.
type dataHandler interface {
	handleData(ctx context.Context, d *hooklatch.Delivery, data []byte, decode func([]byte, any) error) error
}

func (fn jsonHandler[T]) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error {
	var m *Mux
	var data []byte
	if c, ok := ctx.Value(muxKey{}).(*muxContext); ok && c.d == d {
		m, data = c.m, c.data
	} else {
		m = new(Mux)
	}
	if data == nil {
		var err error
		if data, err = m.data(d); err != nil {
			return err
		}
	}
	return fn.handleData(ctx, d, data, m.Decode)
}

func (fn jsonHandler[T]) handleData(ctx context.Context, d *hooklatch.Delivery, data []byte, decode func([]byte, any) error) error {
	if data == nil {
		return &DecodeError{Want: reflect.TypeFor[T](), Err: errMissing}
	}
	if decode == nil {
		decode = json.Unmarshal
	}
	e := Event[T]{Delivery: d}
	if err := decode(data, &e.Data); err != nil {
		return &DecodeError{Want: reflect.TypeFor[T](), Err: err}
	}
	return fn(ctx, e)
}

// A muxContext tells a handler that a Mux calls through others what the Mux
// knows of the delivery.
type muxContext struct {
	context.Context
	m    *Mux
	d    *hooklatch.Delivery
	data []byte // nil if the Mux had no need to look for it
}

// Format keeps the event's data out of logs that print the context.
func (c *muxContext) Format(w fmt.State, _ rune) { fmt.Fprintf(w, "%v.dispatch", c.Context) }

type muxKey struct{}

func (c *muxContext) Value(key any) any {
	if key == (muxKey{}) {
		return c
	}
	return c.Context.Value(key)
}
