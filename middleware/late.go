package middleware

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

const (
	// mostLate is how many completions one layer tries on at once.
	mostLate = 1024

	// lateFor is for how long. The lease may end before: as long as nobody
	// has taken over, the claim can be completed.
	lateFor = 5 * time.Minute
)

// completeLater goes on trying to complete an attempt whose handler has done
// its work. It reports a second outcome: CompletedLate, or Abandoned when the
// delivery will take effect again.
func (o *once) completeLater(a *attempt, err error) {
	// While it tries it keeps neither the request nor its body.
	d := *a.out.Delivery
	d.Body, d.Header = nil, nil
	out, l := a.out, &lease{once: o, key: a.lease.key, fence: a.lease.fence}
	out.Delivery = &d
	r := &http.Request{RemoteAddr: a.r.RemoteAddr}
	report := func(result Result, err error) {
		out.Result, out.Err = result, err
		o.waiting.wake(l.key)
		o.end(r, out)
	}
	if o.late.Add(1) > mostLate {
		o.late.Add(-1)
		report(Abandoned, err)
		return
	}
	go func() {
		defer o.late.Add(-1)
		defer func() {
			// Nobody else would, and an observer must not end the program.
			if v := recover(); v != nil {
				o.opts.logger().Error("webhook outcome not reported", "panic", v)
			}
		}()
		report(l.keepCompleting(err))
	}()
}

// keepCompleting tries on after the error err.
func (l *lease) keepCompleting(err error) (Result, error) {
	end := time.Now().Add(lateFor)
	for pause := 50 * time.Millisecond; time.Until(end) > pause; pause = min(2*pause, time.Second) {
		time.Sleep(pause)
		err = func() (err error) {
			defer recovered(&err)
			ctx := l.once.storeContext(context.Background())
			defer ctx.finish(nil)
			return l.complete(ctx)
		}()
		switch {
		case err == nil:
			return CompletedLate, nil
		case errors.Is(err, idempotency.ErrLost):
			return Abandoned, err
		}
	}
	return Abandoned, err
}
