package adaptertest

import (
	"errors"
	"net/http"
	"slices"

	"github.com/hooklatch/hooklatch/middleware"
)

func fail(Exchange) error  { panic("the handler's panic") }
func abort(Exchange) error { panic(http.ErrAbortHandler) }

// after has a handler write a success before it does something else.
func after(text string, flush bool, do func(Exchange) error) func(Exchange) error {
	return func(x Exchange) error {
		err := x.Text(200, text)
		if flush {
			x.Flush()
		}
		return errors.Join(err, do(x))
	}
}

func late(do func(Exchange) error) func(Exchange) error    { return after("thanks", false, do) }
func flushed(do func(Exchange) error) func(Exchange) error { return after("thanks", true, do) }
func lengthy(do func(Exchange) error) func(Exchange) error { return after(large, false, do) }

// panics are the ways in which a handler does not return, with and without a
// recovery.
var panics = slices.Concat(recoveries(), stacked(), []behaviour{
	{"layer-panics-recovery-outside", layerPanics},
})

func recoveries() []behaviour {
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
		{"panic-recovery-silent", Silent, want{released, 500, ""}, fail},
		{"panic-after-200-no-recovery", Nowhere, want{released, cut, ""}, late(fail)},
		{"panic-after-200-recovery-outside", Outside, want{released, 500, ""}, late(fail)},
		{"panic-after-200-recovery-inside", Inside, want{end: either}, late(fail)},
		{"panic-after-200-recovery-silent", Silent, want{released, 500, ""}, late(fail)},
		{"panic-after-200-flushed-recovery-outside", Outside, want{released, 500, ""}, flushed(fail)},
		{"panic-after-200-large-no-recovery", Nowhere, want{released, cut, ""}, lengthy(fail)},
		{"panic-after-200-large-recovery-outside", Outside, want{released, cut, ""}, lengthy(fail)},
		{"panic-after-200-large-recovery-inside", Inside, want{end: either}, lengthy(fail)},
		{"panic-after-200-large-recovery-silent", Silent, want{released, cut, ""}, lengthy(fail)},
		// Some recoveries let this panic through, and some hide it.
		{"abort-no-recovery", Nowhere, want{released, cut, ""}, abort},
		{"abort-recovery-outside", Outside, want{end: released}, abort},
		{"abort-recovery-inside", Inside, want{end: released}, abort},
		{"abort-recovery-silent", Silent, want{released, 500, ""}, abort},
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
	return all
}

// stacked are endings where the Once layer stands in a stack of its own, within
// another.
func stacked() []behaviour {
	stack := func(name string, at Recovery, m func(error) (int, string), h func(Exchange) error) behaviour {
		return behaviour{name, func(p *probe) {
			r := newRig(p)
			a := r.app(h)
			last := len(r.all) - 1
			a.Layers = [][]layer{r.all[:last], r.all[last:]}
			a.Recovery, a.Map = at, m
			r.serve(a).settle(want{end: released})
		}}
	}
	neverMind := func(error) (int, string) { return 200, "never mind" }
	return []behaviour{
		stack("stacked-error-mapped-to-success", Nowhere, neverMind, func(Exchange) error { return errHandler }),
		stack("stacked-abort-recovery-outside", Outside, nil, abort),
		stack("stacked-panic-recovery-silent", Silent, nil, fail),
	}
}

// layerPanics has a layer around all others panic.
func layerPanics(p *probe) {
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
}
