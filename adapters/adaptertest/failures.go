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
	"github.com/hooklatch/hooklatch/middleware"
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

// panics are the ways in which a handler does not return, and somebody
// recovers.
var panics = recoveries()

func recoveries() []behaviour {
	fail := func(x Exchange) error { panic("the handler's panic") }
	abort := func(x Exchange) error { panic(http.ErrAbortHandler) }
	late := func(do func(Exchange) error) func(Exchange) error {
		return func(x Exchange) error { return errors.Join(x.Text(200, "thanks"), do(x)) }
	}
	flushed := func(do func(Exchange) error) func(Exchange) error {
		return func(x Exchange) error {
			err := x.Text(200, "thanks")
			x.Flush()
			return errors.Join(err, do(x))
		}
	}
	lengthy := func(do func(Exchange) error) func(Exchange) error {
		return func(x Exchange) error { return errors.Join(x.Text(200, large), do(x)) }
	}
	var all []behaviour
	for _, b := range []struct {
		name string
		at   Recovery
		w    want
		h    func(Exchange) error
	}{
		{"panic-no-recovery", Nowhere, want{released, cut, ""}, fail},
		{"panic-recovery-outside", Outside, want{released, 500, ""}, fail},
		{"panic-recovery-inside", Inside, want{released, 500, ""}, fail},
		{"panic-after-200-no-recovery", Nowhere, want{released, cut, ""}, late(fail)},
		{"panic-after-200-recovery-outside", Outside, want{released, 500, ""}, late(fail)},
		{"panic-after-200-recovery-inside", Inside, want{end: either}, late(fail)},
		{"panic-after-200-flushed-recovery-outside", Outside, want{released, 500, ""}, flushed(fail)},
		{"panic-after-200-large-no-recovery", Nowhere, want{released, cut, ""}, lengthy(fail)},
		{"panic-after-200-large-recovery-outside", Outside, want{released, cut, ""}, lengthy(fail)},
		{"panic-after-200-large-recovery-inside", Inside, want{end: either}, lengthy(fail)},
		{"panic-recovery-silent", Silent, want{released, 500, ""}, fail},
		{"panic-after-200-recovery-silent", Silent, want{released, 500, ""}, late(fail)},
		{"panic-after-200-large-recovery-silent", Silent, want{released, cut, ""}, lengthy(fail)},
		{"abort-recovery-silent", Silent, want{released, 500, ""}, abort},
		// Some recoveries let this panic through, and some hide it.
		{"abort-no-recovery", Nowhere, want{released, cut, ""}, abort},
		{"abort-recovery-outside", Outside, want{end: released}, abort},
		{"abort-recovery-inside", Inside, want{end: released}, abort},
		{"abort-after-200-recovery-outside", Outside, want{end: released}, late(abort)},
		{"abort-after-200-recovery-inside", Inside, want{end: released}, late(abort)},
	} {
		all = append(all, behaviour{b.name, func(p *probe) {
			r := newRig(p)
			a := r.app(b.h)
			a.Recovery = b.at
			ev := event()
			first := r.serve(a).settleEvent(ev, b.w)
			if out, _ := r.outcome(ev.ID); b.at != Inside && out.Result != middleware.Panicked {
				p.errorf("the outcome %q (answer %d), want %q", out.Result, first.status, middleware.Panicked)
			}
		}})
	}
	// The Once layer may stand in a stack of its own, within another.
	stacked := func(name string, at Recovery, m func(error) (int, string), h func(Exchange) error) behaviour {
		return behaviour{name, func(p *probe) {
			r := newRig(p)
			a := r.app(h)
			last := len(r.all) - 1
			a.Layers = [][]layer{r.all[:last], r.all[last:]}
			a.Recovery, a.Map = at, m
			r.serve(a).settle(want{end: released})
		}}
	}
	all = append(
		all,
		stacked("stacked-error-mapped-to-success", Nowhere, func(error) (int, string) { return 200, "never mind" }, func(Exchange) error {
			return errHandler
		}),
		stacked("stacked-abort-recovery-outside", Outside, nil, abort),
	)
	return append(all, behaviour{"layer-panics-recovery-outside", func(p *probe) {
		r := newRig(p)
		a := r.app(func(Exchange) error { return nil })
		a.Layers = [][]layer{{func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}}, r.all}
		a.Recovery = Outside
		if got := r.serve(a).send(event()); got.success() {
			p.errorf("answer %d for a delivery that no layer has let through", got.status)
			p.lost = true
		}
	}})
}
