package adaptertest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"time"
)

// wires is about the connection.
var wires = []behaviour{
	{"http2", func(p *probe) {
		for _, end := range []struct {
			w want
			h func(Exchange) error
		}{
			{want{done, 200, "thanks"}, func(x Exchange) error { return x.Text(200, "thanks") }},
			{want{released, 500, ""}, func(Exchange) error { return errHandler }},
			{want{released, cut, ""}, func(Exchange) error { panic("no") }},
		} {
			r := newRig(p)
			r.start(r.app(func(x Exchange) error {
				if x.Request().ProtoMajor != 2 {
					p.errorf("protocol %s, want HTTP/2", x.Request().Proto)
				}
				return end.h(x)
			}), startTLS)
			r.settle(end.w)
		}
	}},
	{"response-controller-from-native", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(x Exchange) error {
			rc := http.NewResponseController(x.Writer())
			return errors.Join(
				rc.SetReadDeadline(time.Now().Add(time.Minute)),
				rc.SetWriteDeadline(time.Now().Add(time.Minute)),
				x.Text(200, "thanks"),
				rc.Flush(),
			)
		})).settle(want{done, 200, "thanks"})
	}},
	{"informational-1xx", func(p *probe) {
		for _, end := range []want{{done, 200, "thanks"}, {released, 500, "thanks"}} {
			r := newRig(p)
			r.serve(r.app(func(x Exchange) error {
				x.Inform(http.StatusEarlyHints)
				return x.Text(end.status, "thanks")
			}))
			ev, hints := event(), 0
			req := r.request(ev)
			first := r.do(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(int, textproto.MIMEHeader) error { hints++; return nil },
			})))
			r.want(first, end.status, end.body)
			if hints != 1 {
				p.errorf("%d informational answers, want 1", hints)
			}
			r.resend(ev, first, end.end)
		}
	}},
	{"declared-trailers", func(p *probe) {
		r := newRig(p)
		got := r.serve(r.app(func(x Exchange) error {
			h := x.Writer().Header()
			h.Set("Trailer", "X-Digest")
			err := x.Text(200, "thanks")
			h.Set("X-Digest", "42")
			return err
		})).settle(want{done, 200, "thanks"})
		if got.trailer.Get("X-Digest") != "42" || got.header.Get("X-Digest") != "" {
			p.errorf("trailer %v, header %v, want X-Digest in the trailer alone", got.trailer, got.header)
		}
	}},
	{"disconnect-mid-handler", disconnect},
	{"flush-holds", flushHolds},
	// What went over a hijacked connection is unknown: no success.
	ends("hijack", want{released, cut, ""}, func(x Exchange) error {
		conn, _, err := http.NewResponseController(x.Writer()).Hijack()
		if err != nil {
			return err
		}
		return conn.Close()
	}),
}

// disconnect has the sender hang up while the handler runs: it runs on, and
// counts.
func disconnect(p *probe) {
	r := newRig(p)
	ctx, hangUp := context.WithCancel(context.Background())
	defer hangUp()
	hungUp, ended := make(chan struct{}), make(chan error, 1)
	r.serve(r.app(func(x Exchange) error {
		hangUp()
		<-hungUp
		time.Sleep(50 * time.Millisecond) // for the server to notice; it must not matter
		ended <- x.Request().Context().Err()
		return x.Text(200, "thanks")
	}))
	ev := event()
	first := r.do(r.request(ev).WithContext(ctx))
	close(hungUp)
	if first.err == nil {
		p.fatalf("the sender got the answer %d though it hung up", first.status)
	}
	select {
	case err := <-ended:
		if err != nil {
			p.errorf("the handler's context ended with the connection: %v", err)
		}
	case <-time.After(patience):
		p.fatalf("the handler did not run")
	}
	r.want(r.send(ev), 200, duplicate)
	if got := r.runs.Load(); got != 1 {
		p.errorf("the handler ran %d times, want 1", got)
	}
}

// flushHolds has a handler flush a success while it is still at work: the sender
// must not see it before the delivery is done.
func flushHolds(p *probe) {
	r := newRig(p)
	flushed, finish := make(chan struct{}), make(chan struct{})
	r.serve(r.app(func(x Exchange) error {
		err := x.Text(200, "thanks")
		x.Flush()
		close(flushed)
		<-finish
		return err
	}))
	ev, got := event(), make(chan answer, 1)
	req := r.request(ev)
	go func() { got <- r.do(req) }()
	<-flushed
	select {
	case a := <-got:
		p.errorf("the answer %d left before the delivery was done", a.status)
		p.lost = true
		got <- a
	case <-time.After(100 * time.Millisecond):
		// What is on its way without a hold arrives sooner.
	}
	close(finish)
	first := <-got
	r.want(first, 200, "thanks")
	r.resend(ev, first, done)
}
