package hookchi_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/adaptertest"
)

func TestChi(t *testing.T) { adaptertest.Run(t, build) }

// build is a program with chi, whose handlers return errors to a small adapter
// of its own, as many do.
func build(a adaptertest.App) http.Handler {
	r := chi.NewRouter()
	r.Use(around(a))
	switch a.Recovery {
	case adaptertest.Outside:
		r.Use(middleware.Recoverer)
	case adaptertest.Silent:
		r.Use(silent)
	}
	var chain chi.Middlewares
	for _, layers := range a.Layers {
		chain = append(chain, layers...)
	}
	if a.Recovery == adaptertest.Inside {
		chain = append(chain, middleware.Recoverer)
	}
	if a.Global {
		r.Use(chain...)
		chain = nil
	}
	r.Get("/read-only", func(http.ResponseWriter, *http.Request) {})
	r.With(chain...).Handle("/hooks/{tenant}", handler(a))
	return r
}

func handler(a adaptertest.App) http.Handler {
	switch {
	case a.Mounted != nil:
		return a.Mounted
	case a.Typed != nil:
		return a.Mux()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a.Handler(exchange{w, r})
		if err == nil {
			return
		}
		hooklatch.Report(r.Context(), hooklatch.Failed, err)
		if a.Swallow {
			return
		}
		status, text := http.StatusInternalServerError, "failed"
		var se adaptertest.StatusError
		switch {
		case a.Map != nil:
			status, text = a.Map(err)
		case errors.As(err, &se):
			status = int(se)
		}
		http.Error(w, text, status)
	})
}

// silent is a recovery that writes nothing.
func silent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

func around(a adaptertest.App) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if a.Before != nil {
				a.Before(exchange{w, r})
			}
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			next.ServeHTTP(ww, r)
			if a.After != nil {
				a.After(adaptertest.Seen{Status: ww.Status(), Size: ww.BytesWritten(), Request: r})
			}
		})
	}
}

type exchange struct {
	w http.ResponseWriter
	r *http.Request
}

func (x exchange) Request() *http.Request      { return x.r }
func (x exchange) Writer() http.ResponseWriter { return x.w }
func (x exchange) Inform(status int)           { x.w.WriteHeader(status) }
func (x exchange) Flush()                      { x.w.(http.Flusher).Flush() }
func (x exchange) Param(name string) string    { return chi.URLParam(x.r, name) }
func (x exchange) Bind(v any) error            { return json.NewDecoder(x.r.Body).Decode(v) }

func (x exchange) Status(status int) error {
	x.w.WriteHeader(status)
	return nil
}

func (x exchange) Text(status int, text string) error {
	x.w.Header().Set("Content-Type", "text/plain")
	x.w.WriteHeader(status)
	_, err := io.WriteString(x.w, text)
	return err
}

func (x exchange) Delivery() (*hooklatch.Delivery, bool) {
	return hooklatch.FromContext(x.r.Context())
}
