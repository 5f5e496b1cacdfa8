package dispatch

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// errNoReturn stands for a handler that did not return and left no panic.
var errNoReturn = errors.New("dispatch: the handler did not return")

// ErrUnknownType is the error of a delivery whose type no pattern matches, if
// [Mux.RetryUnknown] is set. It asks to wait for 30 seconds; see [RetryDelay].
var ErrUnknownType = errors.New("dispatch: no handler for the event's type")

var errRetryUnknown = RetryAfter(ErrUnknownType, wire.RetryUnknown)

// handle runs what is registered for a delivery, and gives it to DeadLetter
// if it has failed for good.
func (m *Mux) handle(ctx context.Context, d *hooklatch.Delivery, rt *route, data []byte) error {
	var err error
	switch {
	case rt == nil && m.Fallback == nil:
		return m.unknown(ctx, d)
	case rt == nil:
		err = m.run(ctx, d, []step{newStep(m.Fallback)}, data)
	case rt.http != nil:
		err = m.guard(func() error { return serve(ctx, rt.http, d) })
	default:
		err = m.run(ctx, d, rt.steps, data)
	}
	if m.DeadLetter == nil || !IsPermanent(err) {
		return err
	}
	if ctx.Err() != nil {
		// The process that has taken the delivery over decides; or the
		// handlers took their own cancellation for a fault of the event.
		return errors.Join(err, context.Cause(ctx))
	}
	return m.deadLetter(ctx, d, err)
}

// unknown acknowledges a delivery without a handler, or lets it come again.
func (m *Mux) unknown(ctx context.Context, d *hooklatch.Delivery) error {
	var err error
	if m.RetryUnknown {
		err = errRetryUnknown
	}
	if !hooklatch.Report(ctx, hooklatch.UnknownType, err) {
		m.logUnknown(ctx, d)
	}
	return err
}

// deadLetter gives a delivery to the hook: through the layer that runs the
// handlers, which must undo their transaction first, or at once where there is
// none.
func (m *Mux) deadLetter(ctx context.Context, d *hooklatch.Delivery, err error) error {
	hook := func(ctx context.Context) error {
		return m.guard(func() error { return m.DeadLetter(ctx, d, err) })
	}
	if r := hooklatch.ReporterFrom(ctx); r != nil {
		r.DeadLetter(err, hook)
		return nil
	}
	if failed := hook(ctx); failed != nil {
		return &deadLetterError{err: err, hook: failed}
	}
	m.logDeadLetter(ctx, d, err)
	return nil
}

// run calls the handlers one after the other and joins their errors.
func (m *Mux) run(ctx context.Context, d *hooklatch.Delivery, steps []step, data []byte) error {
	var errs []error
	for _, s := range steps {
		if ctx.Err() != nil {
			errs = append(errs, context.Cause(ctx))
			break
		}
		if err := m.call(ctx, d, s, data); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

func (m *Mux) call(ctx context.Context, d *hooklatch.Delivery, s step, data []byte) error {
	return m.guard(func() error {
		if s.data != nil {
			return s.data.handleData(ctx, d, data, m.Decode)
		}
		return s.h.HandleDelivery(&muxContext{Context: ctx, m: m, d: d, data: data}, d)
	})
}

// guard turns a panic in f into a [*PanicError]. It lets [http.ErrAbortHandler]
// through, and runtime.Goexit.
func (m *Mux) guard(f func() error) (err error) {
	// Stays if recover stops a panic but has no value to show for it, as
	// with GODEBUG=panicnil=1: that must not look like success.
	err = errNoReturn
	defer func() {
		v := recover()
		switch v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return f()
}
