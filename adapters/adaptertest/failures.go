package adaptertest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"

	"github.com/hooklatch/hooklatch/hooktest"
)

var errHandler = errors.New("the handler's error")

// teapot is an error mapper that knows one error.
func teapot(err error) (int, string) {
	if errors.Is(err, errHandler) {
		return http.StatusTeapot, "mapped"
	}
	return http.StatusInternalServerError, "unknown"
}

// mapped makes a behaviour of a handler's way to end under an error mapper.
func mapped(name string, m func(error) (int, string), w want, h func(Exchange) error) behaviour {
	return behaviour{name, func(p *probe) {
		r := newRig(p)
		a := r.app(h)
		a.Map = m
		r.serve(a).settle(w)
	}}
}

// large is an answer that does not fit into what Once holds back.
var large = strings.Repeat("x", 200<<10)

// swallowed makes a behaviour of a handler's way to end where a middleware drops
// its error.
func swallowed(name string, prepare func(*httptest.Server), h func(Exchange) error) behaviour {
	return behaviour{name, func(p *probe) {
		r := newRig(p)
		a := r.app(h)
		a.Swallow = true
		r.start(a, prepare)
		r.settle(want{end: released})
	}}
}

// failures are the ways in which a handler leaves its failure to the framework.
var failures = []behaviour{
	ends("native-error", want{released, 500, ""}, func(Exchange) error { return errHandler }),
	ends("native-typed-error-422", want{released, 422, ""}, func(Exchange) error { return StatusError(422) }),
	mapped("native-error-custom-mapper", teapot, want{released, 418, "mapped"}, func(Exchange) error {
		return fmt.Errorf("wrapped: %w", errHandler)
	}),
	mapped("native-error-mapped-to-success", func(error) (int, string) { return 200, "never mind" }, want{end: released}, func(Exchange) error {
		return errHandler
	}),
	// Held back, the success can be taken back. Where the framework has an
	// error mapper of its own it answers, with nothing left of the success.
	ends("error-after-200", want{end: released}, func(x Exchange) error {
		return errors.Join(x.Text(200, "thanks"), errHandler)
	}),
	{"error-after-200-custom-mapper", func(p *probe) {
		r := newRig(p)
		a := r.app(func(x Exchange) error {
			x.Writer().Header().Set("Content-Length", "6")
			x.Writer().Header().Set("Etag", `"6"`)
			return errors.Join(x.Text(200, "thanks"), errHandler)
		})
		a.Map = teapot
		got := r.serve(a).settle(want{end: released})
		if got.header.Get("Etag") != "" || got.status != 500 && (got.status != 418 || got.body != "mapped") {
			p.errorf("answer %d %q, header %v, want 500, or 418 and what the mapper says", got.status, got.body, got.header)
		}
	}},
	{"error-after-200-large", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(x Exchange) error {
			return errors.Join(x.Text(200, large), errHandler)
		})).settle(want{released, cut, ""})
		if log := r.log.String(); !strings.Contains(log, "a part of a success was sent") {
			p.errorf("the log does not say that a part of a success was sent:\n%s", log)
		}
	}},
	// A length would make the answer complete before the failure is known.
	ends("error-after-200-large-of-known-length", want{released, cut, ""}, func(x Exchange) error {
		x.Writer().Header().Set("Content-Length", strconv.Itoa(len(large)))
		return errors.Join(x.Text(200, large), errHandler)
	}),
	ends("error-after-200-flushed", want{end: released}, func(x Exchange) error {
		err := x.Text(200, "thanks")
		x.Flush()
		return errors.Join(err, errHandler)
	}),
	ends("error-after-flush", want{end: released}, func(x Exchange) error {
		x.Flush()
		return errHandler
	}),
	swallowed("error-swallowed", nil, func(Exchange) error { return errHandler }),
	swallowed("error-swallowed-http2", startTLS, func(Exchange) error { return errHandler }),
	swallowed("error-after-200-swallowed", nil, func(x Exchange) error {
		return errors.Join(x.Text(200, "thanks"), errHandler)
	}),
	{"deadline-outside-nothing-written", func(p *probe) {
		r := newRig(p)
		a := r.app(func(x Exchange) error {
			<-x.Request().Context().Done()
			return nil
		})
		a.Layers = [][]layer{{first(short)}, r.all}
		r.serve(a).settle(want{released, 500, ""})
	}},
	{"timeout-layer", timeoutLayer},
	{"completion-fails", func(p *probe) {
		r := newRig(p)
		r.serve(r.app(func(x Exchange) error { return x.Text(200, "thanks") }))
		r.faults.Set(hooktest.Fault{Err: errHandler}, hooktest.Complete)
		r.want(r.send(event()), 503, "Try again later")
	}},
	ends("goexit", want{released, cut, ""}, func(Exchange) error { runtime.Goexit(); return nil }),
	ends("goexit-after-200", want{released, cut, ""}, func(x Exchange) error {
		defer runtime.Goexit()
		return x.Text(200, "thanks")
	}),
}
