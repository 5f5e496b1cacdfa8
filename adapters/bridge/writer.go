package bridge

import (
	"bufio"
	"net"
	"net/http"

	"github.com/hooklatch/hooklatch/internal/wire"
)

// A writer is what the layers write to: the framework's writer, until the
// framework is to answer itself.
type writer struct{ c *call }

func (w *writer) Header() http.Header { return w.c.w.Header() }

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.c.w }

func (w *writer) WriteHeader(status int) {
	informational := Informational(status)
	switch {
	case !w.c.begins(!informational):
	case informational:
		inform(w.c.w, status)
	default:
		w.c.w.WriteHeader(status)
	}
}

// inform sends an informational status past the framework's writers. A writer
// that keeps the status for later, as gin's do, hides the server's if it is the
// innermost: the status is dropped then.
func inform(w http.ResponseWriter, status int) {
	w = wire.Innermost(w)
	if _, keeps := w.(interface{ WriteHeaderNow() }); !keeps {
		w.WriteHeader(status)
	}
}

func (w *writer) Write(p []byte) (int, error) {
	if !w.c.passes() {
		return len(p), nil
	}
	return w.c.w.Write(p)
}

// FlushError is for [http.ResponseController].
func (w *writer) FlushError() error {
	if !w.c.passes() {
		return nil
	}
	return http.NewResponseController(w.c.w).Flush()
}

// Flush implements [http.Flusher].
func (w *writer) Flush() { _ = w.FlushError() } // the interface has no error

// Hijack implements [http.Hijacker].
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.c.w).Hijack()
	if err == nil {
		w.c.passes()
	}
	return conn, rw, err
}
