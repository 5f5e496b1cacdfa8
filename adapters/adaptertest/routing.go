package adaptertest

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

type layer = func(http.Handler) http.Handler

// routing is about paths, methods and mounting.
var routing = []behaviour{
	{"global-404", func(p *probe) {
		r := globally(p)
		r.url = strings.TrimSuffix(r.url, path) + "/nowhere"
		got := r.send(event())
		r.want(got, 404, "")
		r.wantStore(0, 1)
	}},
	{"global-405", func(p *probe) {
		r := globally(p)
		r.url = strings.TrimSuffix(r.url, path) + "/read-only"
		got := r.send(event())
		r.want(got, 405, "")
		r.wantStore(0, 1)
	}},
	{"global-200", func(p *probe) { globally(p).settle(want{done, 200, "thanks"}) }},
	{"deny-without-next", func(p *probe) {
		r := newRig(p)
		a := r.app(func(x Exchange) error { return x.Text(200, "thanks") })
		a.Layers = [][]layer{{func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "denied", http.StatusForbidden) })
		}}}
		seen := make(chan Seen, 1)
		a.After = func(s Seen) { seen <- s }
		r.serve(a).want(r.send(event()), 403, "denied")
		if s := <-seen; r.runs.Load() != 0 || s.Status != 403 || s.Err != nil {
			p.errorf("the handler ran %d times, and a middleware outside saw %+v", r.runs.Load(), s)
		}
	}},
	{"deny-status-only", func(p *probe) {
		r := newRig(p)
		a := r.app(func(x Exchange) error { return x.Text(200, "thanks") })
		a.Layers = [][]layer{{func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
		}}}
		r.serve(a).want(r.send(event()), 403, "")
		if r.runs.Load() != 0 {
			p.errorf("the handler ran")
		}
	}},
	{"path-params-in-layer", pathParams},
	{"ctx-value-and-body-reach-native", reachNative},
	{"mounted-handler", func(p *probe) {
		r := newRig(p)
		var tenant string
		r.mount(func(w http.ResponseWriter, q *http.Request) {
			tenant = q.PathValue("tenant")
			w.WriteHeader(http.StatusNoContent)
		}).settle(want{done, 204, ""})
		if tenant != "acme" {
			p.errorf("PathValue in the mounted handler: %q, want acme", tenant)
		}
	}},
	{"mounted-handler-500", func(p *probe) {
		newRig(p).mount(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }).settle(want{released, 500, ""})
	}},
	{"mounted-handler-head", func(p *probe) {
		r := newRig(p).mount(func(http.ResponseWriter, *http.Request) {})
		req := r.request(event())
		req.Method, req.Body, req.ContentLength = http.MethodHead, nil, 0
		r.want(r.do(req), 200, "")
		r.wantStore(0, 0)
	}},
	{"mounted-abort-recovery-outside", func(p *probe) {
		r := newRig(p)
		a := r.mounted(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		a.Recovery = Outside
		r.serve(a).settle(want{end: released})
	}},
	{"mounted-informational-1xx", func(p *probe) {
		newRig(p).mount(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusInternalServerError)
		}).settle(want{released, 500, ""})
	}},
}

// globally serves a program with the layers around all of it.
func globally(p *probe) *rig {
	r := newRig(p)
	a := r.app(func(x Exchange) error { return x.Text(200, "thanks") })
	a.Global = true
	return r.serve(a)
}

// mounted returns a program that mounts all layers around a handler.
func (r *rig) mounted(h http.HandlerFunc) App {
	return App{Mounted: middleware.Chain(r.all...)(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.runs.Add(1)
		if !r.healed.Load() {
			h(w, q)
		}
	}))}
}

func (r *rig) mount(h http.HandlerFunc) *rig { return r.serve(r.mounted(h)) }

// pathParams has a tenant's secret found by the path.
func pathParams(p *probe) {
	r := newRig(p)
	store, faults := hooktest.NewStore(lru.New(nil))
	r.faults = faults
	var tenant, param string
	a := r.app(func(x Exchange) error {
		if d, ok := x.Delivery(); ok {
			tenant = d.Tenant
		}
		param = x.Param("tenant")
		return x.Text(200, "thanks")
	})
	a.Layers = [][]layer{{
		r.hook.Capture(0, nil),
		r.hook.VerifyFor(middleware.PathValue("tenant"), func(_ context.Context, name string) (verify.Verifier, error) {
			if name != "acme" {
				return nil, fmt.Errorf("%w: %q", verify.ErrNoSecret, name)
			}
			return r.scheme, nil
		}),
		r.hook.Once(store, nil),
	}}
	r.serve(a).settle(want{done, 200, "thanks"})
	if tenant != "acme" || param != "acme" {
		p.errorf("tenant %q, path parameter %q, want acme for both", tenant, param)
	}
}

type valueKey struct{}

func reachNative(p *probe) {
	r := newRig(p)
	ev := event()
	a := r.app(func(x Exchange) error {
		var body struct {
			Data Link `json:"data"`
		}
		if err := x.Bind(&body); err != nil {
			return err
		}
		d, ok := x.Delivery()
		switch {
		case x.Request().Context().Value(valueKey{}) != "value":
			p.errorf("a layer's value in the context is not there")
		case body.Data.LinkID != "lnk_1":
			p.errorf("the body was bound as %+v", body)
		case !ok || d.ID != ev.ID || string(d.Body) != string(ev.Body):
			p.errorf("the delivery is %v", d)
		}
		return x.Text(200, "thanks")
	})
	a.Layers = [][]layer{{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			next.ServeHTTP(w, q.WithContext(context.WithValue(q.Context(), valueKey{}, "value")))
		})
	}}, r.all}
	first := r.serve(a).send(ev)
	r.want(first, 200, "thanks")
	r.resend(ev, first, done)

	var typed dispatch.Event[Link]
	t := newRig(p)
	t.serve(App{Layers: [][]layer{t.all}, Typed: func(_ context.Context, e dispatch.Event[Link]) error {
		typed = e
		return nil
	}}).want(t.send(ev), 200, received)
	if typed.Delivery == nil || typed.Type != LinkCreated || typed.ID != ev.ID || typed.Data.Title != "Shop" {
		p.errorf("the typed handler got %+v", typed)
	}
}
