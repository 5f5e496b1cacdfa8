package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
)

// layering is about layers of other kinds, and middlewares around all layers.
var layering = []behaviour{
	{"outer-native-sees-final-state", outerSees},
	{"buffering-layer", func(p *probe) {
		for _, outside := range []bool{true, false} {
			for _, end := range []struct {
				w want
				h func(Exchange) error
			}{
				{want{done, 200, "thanks"}, func(x Exchange) error { return x.Text(200, "thanks") }},
				{want{done, 204, ""}, func(x Exchange) error { return x.Status(204) }},
				{want{released, 500, "no"}, func(x Exchange) error { return x.Text(500, "no") }},
				{want{released, 500, ""}, func(Exchange) error { return errHandler }},
				{want{released, 422, ""}, func(Exchange) error { return StatusError(422) }},
			} {
				r := newRig(p)
				a := r.app(end.h)
				if outside {
					a.Layers = [][]layer{{buffering}, r.all}
				} else {
					a.Layers = [][]layer{append(slices.Clone(r.all), buffering)}
				}
				r.serve(a).settle(end.w)
			}
		}
	}},
	{"layer-order-and-stacking", order},
	{"constructor-once", func(p *probe) {
		r := newRig(p)
		var made atomic.Int64
		a := r.app(func(Exchange) error { return nil })
		a.Layers = append(a.Layers, []layer{func(next http.Handler) http.Handler {
			made.Add(1)
			return next
		}})
		r.serve(a)
		for range 3 {
			r.want(r.send(event()), 200, received)
		}
		if got := made.Load(); got != 1 {
			p.errorf("the layer was made %d times for 3 requests, want 1", got)
		}
	}},
	{"next-called-twice", func(p *probe) {
		for _, w := range []want{{done, 200, ""}, {released, 0, ""}} {
			r := newRig(p)
			var runs atomic.Int64
			a := r.app(func(x Exchange) error {
				if runs.Add(1) == 1 && w.end == released {
					return errHandler
				}
				return x.Text(200, "thanks")
			})
			a.Layers = [][]layer{append(slices.Clone(r.all), func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					next.ServeHTTP(w, q)
					next.ServeHTTP(w, q)
				})
			})}
			r.serve(a).settle(w)
		}
	}},
}

// first is a layer that does what one does, for the first request only.
func first(one layer) layer {
	return func(next http.Handler) http.Handler {
		layered := one(next)
		var called atomic.Bool
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if called.CompareAndSwap(false, true) {
				layered.ServeHTTP(w, r)
			} else {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// short is a layer that gives its handler little time.
func short(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 50*time.Millisecond)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// timeoutLayer puts http.TimeoutHandler around the layers, which runs them on
// another goroutine and answers while they still run.
func timeoutLayer(p *probe) {
	r := newRig(p)
	ended := make(chan struct{})
	a := r.app(func(x Exchange) error {
		defer close(ended)
		<-x.Request().Context().Done()
		time.Sleep(50 * time.Millisecond) // the answer is out, and the handler still at it
		_ = x.Param("tenant")
		return errors.Join(x.Request().Context().Err(), x.Text(500, "too late"))
	})
	a.Layers = [][]layer{{first(func(next http.Handler) http.Handler {
		return http.TimeoutHandler(next, 50*time.Millisecond, "too slow")
	})}, r.all}
	r.serve(a)
	ev := event()
	got := r.send(ev)
	r.want(got, 503, "too slow")
	<-ended
	r.resend(ev, got, released)
}

// outerSees checks what a native middleware around the layers sees of an
// answer that a handler, or a layer, has given.
func outerSees(p *probe) {
	r := newRig(p)
	a := r.app(func(x Exchange) error { return x.Text(200, "thanks") })
	seen := make(chan Seen, 1)
	a.After = func(s Seen) {
		if _, ok := hooklatch.FromContext(s.Request.Context()); ok {
			p.errorf("the layers' request is left behind")
		}
		seen <- s
	}
	r.serve(a)
	ev := event()
	check := func(name string, got answer, status, size int) {
		r.want(got, status, "")
		if s := <-seen; s.Status != status || s.Size != size || s.Err != nil {
			p.errorf("%s: a middleware outside saw %+v, want status %d, size %d", name, s, status, size)
		}
	}
	check("handler", r.send(ev), 200, len("thanks"))
	check("duplicate", r.send(ev), 200, len(duplicate))
	r.healed.Store(true)
	check("silence", r.send(event()), 200, len(received))
	r.faults.Set(hooktest.Fault{Err: errors.New("down")})
	check("store down", r.send(event()), 503, len("Try again later"))
	req := r.request(event())
	req.Header.Del("X-Linktree-Signature")
	check("unsigned", r.do(req), 401, len("Missing signature"))
}

// buffering is a layer that writes when its handler has returned, as layers do
// that compute a digest.
func buffering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &buffer{header: make(http.Header)}
		next.ServeHTTP(b, r)
		for k, v := range b.header {
			w.Header()[k] = v
		}
		if b.status != 0 {
			w.WriteHeader(b.status)
		}
		if b.body.Len() > 0 {
			_, _ = w.Write(b.body.Bytes()) // the client tells
		}
	})
}

type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffer) Header() http.Header { return b.header }

func (b *buffer) WriteHeader(status int) {
	if b.status == 0 {
		b.status = status
	}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.WriteHeader(http.StatusOK)
	return b.body.Write(p)
}

func order(p *probe) {
	r := newRig(p)
	var mu sync.Mutex
	var got []string
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, s)
	}
	named := func(name string) layer {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				note(name + "+")
				next.ServeHTTP(w, r)
				note(name + "-")
			})
		}
	}
	a := r.app(func(Exchange) error { note("handler"); return nil })
	a.Layers = [][]layer{{named("a"), named("b")}, {}, append(slices.Clone(r.all), named("c"))}
	a.Before = func(Exchange) { note("before") }
	a.After = func(Seen) { note("after") }
	r.serve(a).want(r.send(event()), 200, received)
	want := []string{"before", "a+", "b+", "c+", "handler", "c-", "b-", "a-", "after"}
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(got, want) {
		p.errorf("order %q, want %q", got, want)
	}
}
