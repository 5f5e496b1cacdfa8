package bridge

import (
	"bufio"
	"net"
	"net/http"
)

// A writer is what the layers write to: the framework's writer, until the
// framework is to answer itself.
type writer struct{ c *call }

func (w *writer) Header() http.Header { return w.c.w.Header() }

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.c.w }

func (w *writer) WriteHeader(status int) {
	if w.c.begins(!Informational(status)) {
		w.c.w.WriteHeader(status)
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
func (w *writer) Flush() { w.FlushError() } //nolint:errcheck // the interface has no error

// Hijack implements [http.Hijacker].
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.c.w).Hijack()
	if err == nil {
		w.c.passes()
	}
	return conn, rw, err
}
