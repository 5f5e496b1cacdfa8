package dispatch

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/hooklatch/hooklatch"
)

// errNoReturn stands for a handler that did not return and left no panic.
var errNoReturn = errors.New("dispatch: the handler did not return")

// handle runs what is registered for a delivery, and gives it to DeadLetter
// if it has failed for good.
func (m *Mux) handle(ctx context.Context, d *hooklatch.Delivery, rt *route, data []byte) error {
	var err error
	switch {
	case rt == nil && m.Fallback == nil:
		m.logUnknown(ctx, d)
		return nil
	case rt == nil:
		err = m.run(ctx, d, []step{newStep(m.Fallback)}, data)
	case rt.http != nil:
		err = m.guard(ctx, d, func() error { return serve(ctx, rt.http, d) })
	default:
		err = m.run(ctx, d, rt.steps, data)
	}
	if m.DeadLetter == nil || !IsPermanent(err) {
		return err
	}
	if ctx.Err() != nil {
		// Whoever has taken the delivery over decides; or the handlers took
		// their own cancellation for a fault of the event.
		return errors.Join(err, context.Cause(ctx))
	}
	hook := m.guard(ctx, d, func() error { return m.DeadLetter(ctx, d, err) })
	if hook != nil {
		return &deadLetterError{err: err, hook: hook}
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
	return m.guard(ctx, d, func() error {
		if s.data != nil {
			return s.data.handleData(ctx, d, data, m.Decode)
		}
		return s.h.HandleDelivery(&muxContext{Context: ctx, m: m, d: d, data: data}, d)
	})
}

// guard turns a panic in f into a [*PanicError] and logs its stack. It lets
// [http.ErrAbortHandler] through, and runtime.Goexit.
func (m *Mux) guard(ctx context.Context, d *hooklatch.Delivery, f func() error) (err error) {
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
			p := &PanicError{Value: v, Stack: debug.Stack()}
			m.logPanic(ctx, d, p)
			err = p
		}
	}()
	return f()
}
