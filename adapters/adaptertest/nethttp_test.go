package adaptertest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	"github.com/hooklatch/hooklatch/middleware"
)

func TestNetHTTP(t *testing.T) { adaptertest.Run(t, build) }

func TestSnippets(t *testing.T) { adaptertest.Snippets(t) }

// build is a program around the ServeMux, whose handlers return errors to a
// small adapter of its own, as many do.
func build(a adaptertest.App) http.Handler {
	var inner http.Handler
	switch {
	case a.Mounted != nil:
		inner = a.Mounted
	case a.Typed != nil:
		inner = a.Mux()
	default:
		inner = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := a.Handler(&exchange{w, r}); err != nil {
				hooklatch.Report(r.Context(), hooklatch.Failed, err)
				if !a.Swallow {
					render(w, a, err)
				}
			}
		})
	}
	if a.Recovery == adaptertest.Inside {
		inner = recovery(inner)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /read-only", func(http.ResponseWriter, *http.Request) {})
	var h http.Handler = mux
	if a.Global {
		mux.Handle("/hooks/{tenant}", inner)
		h = layered(h, a)
	} else {
		mux.Handle("/hooks/{tenant}", layered(inner, a))
	}
	switch a.Recovery {
	case adaptertest.Outside:
		h = recovery(h)
	case adaptertest.Silent:
		h = silencing(h)
	}
	return around(h, a)
}

func layered(h http.Handler, a adaptertest.App) http.Handler {
	for i := len(a.Layers) - 1; i >= 0; i-- {
		h = middleware.Chain(a.Layers[i]...)(h)
	}
	return h
}

// render answers an error.
func render(w http.ResponseWriter, a adaptertest.App, err error) {
	status, text := http.StatusInternalServerError, "failed"
	var se adaptertest.StatusError
	switch {
	case a.Map != nil:
		status, text = a.Map(err)
	case errors.As(err, &se):
		status = int(se)
	}
	http.Error(w, text, status)
}

func recovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				http.Error(w, "Internal server error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func around(next http.Handler, a adaptertest.App) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.Before != nil {
			a.Before(&exchange{w, r})
		}
		if a.After == nil {
			next.ServeHTTP(w, r)
			return
		}
		seen := &recorder{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		a.After(adaptertest.Seen{Status: seen.status, Size: seen.size, Request: r})
	})
}

// A recorder is what loggers put around a writer.
type recorder struct {
	http.ResponseWriter
	status, size int
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() } // the interface has no error

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.size += n
	return n, err
}

type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

func (x *exchange) Request() *http.Request      { return x.r }
func (x *exchange) Writer() http.ResponseWriter { return x.w }
func (x *exchange) Inform(status int)           { x.w.WriteHeader(status) }
func (x *exchange) Param(name string) string    { return x.r.PathValue(name) }

func (x *exchange) Flush() { x.w.(http.Flusher).Flush() }

func (x *exchange) Bind(v any) error { return json.NewDecoder(x.r.Body).Decode(v) }

func (x *exchange) Status(status int) error {
	x.w.WriteHeader(status)
	return nil
}

func (x *exchange) Text(status int, text string) error {
	x.w.Header().Set("Content-Type", "text/plain")
	x.w.WriteHeader(status)
	_, err := io.WriteString(x.w, text)
	return err
}

func (x *exchange) Delivery() (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(x.r.Context())
}

// TestInbox: net/http itself is where the other frameworks' answers come from.
func TestInbox(t *testing.T) {
	adaptertest.RunInbox(t, func(h http.Handler) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/webhooks", h)
		return mux
	})
}
