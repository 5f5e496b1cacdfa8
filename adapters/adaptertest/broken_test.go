package adaptertest_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
)

// TestBroken holds the suite against adapters with one fault each.
func TestBroken(t *testing.T) {
	for name, tt := range map[string]struct {
		build adaptertest.Framework
		fails []string
	}{
		"errors are answered outside of the layers": {
			swallowing,
			[]string{"native-error", "native-typed-error-422", "error-after-200", "concurrent-no-crosstalk"},
		},
		"layers made anew for each request": {
			func(a adaptertest.App) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { build(a).ServeHTTP(w, r) })
			},
			[]string{"constructor-once"},
		},
		"layers in reverse": {
			func(a adaptertest.App) http.Handler {
				a.Layers = slices.Clone(a.Layers)
				slices.Reverse(a.Layers)
				return build(a)
			},
			[]string{"layer-order-and-stacking"},
		},
		"the writer is hidden": {
			func(a adaptertest.App) http.Handler {
				h := build(a)
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
				})
			},
			[]string{"response-controller-from-native"},
		},
		"the answer waits for the handler's end": {
			func(a adaptertest.App) http.Handler {
				h := build(a)
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					b := &late{ResponseWriter: w}
					h.ServeHTTP(b, r)
					b.flush()
				})
			},
			[]string{"informational-1xx"},
		},
		"the handler ends with the connection": {
			func(a adaptertest.App) http.Handler {
				inner := a.Handler
				if inner != nil {
					a.Layers = append(slices.Clone(a.Layers), []func(http.Handler) http.Handler{cancelling})
				}
				return build(a)
			},
			[]string{"disconnect-mid-handler"},
		},
		"panics end in silence": {
			func(a adaptertest.App) http.Handler {
				a.Layers = append([][]func(http.Handler) http.Handler{{silencing}}, a.Layers...)
				return build(a)
			},
			[]string{"panic-no-recovery", "abort-no-recovery", "layer-panics-recovery-outside"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results := adaptertest.TryOf(tt.build, tt.fails...)
			if len(results) != len(tt.fails) {
				t.Fatalf("%d behaviours of %q", len(results), tt.fails)
			}
			for _, r := range results {
				if len(r.Problems) == 0 {
					t.Errorf("%s does not notice", r.Behaviour)
				}
			}
		})
	}
}

// swallowing keeps errors from the layers, as wrappers do that leave them to
// the framework.
func swallowing(a adaptertest.App) http.Handler {
	h := a.Handler
	if h == nil {
		return build(a)
	}
	type failing struct{ err error }
	type key struct{}
	a.Handler = func(x adaptertest.Exchange) error {
		x.Request().Context().Value(key{}).(*failing).err = h(x)
		return nil
	}
	inner := build(a)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var f failing
		inner.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, &f)))
		if f.err != nil {
			render(w, a, f.err)
		}
	})
}

// late holds back all that is written, informational answers included.
type late struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *late) WriteHeader(status int) {
	if w.status < 200 {
		w.status = status
	}
}

func (w *late) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *late) flush() {
	if w.status >= 200 {
		w.ResponseWriter.WriteHeader(w.status)
		_, _ = w.body.WriteTo(w.ResponseWriter) // the client tells
	}
}

// cancelling gives the handler a context that has ended already.
func cancelling(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func silencing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

// Try gives the results without a test, for comparing. For Run, and for what
// build looks like, see the file nethttp_test.go of this package.
func ExampleTry() {
	passed := 0
	results := adaptertest.Try(build)
	for _, r := range results {
		if len(r.Problems) == 0 {
			passed++
		}
	}
	fmt.Println(passed == len(results))
	// Output: true
}
