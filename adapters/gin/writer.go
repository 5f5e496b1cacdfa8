package hookgin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

const unwritten = -1

// A writer is a gin.ResponseWriter over the layers' writer. Like gin's own, it
// keeps the status until the body begins.
type writer struct {
	gin.ResponseWriter // gin's own, for Pusher and CloseNotify
	w                  http.ResponseWriter
	c                  *gin.Context

	status   int
	explicit bool // a handler has set the status
	size     int
	attached int // errors that the context had when the answer was written
	late     int // a failure's status, set after a success was written
}

func (w *writer) Header() http.Header { return w.w.Header() }

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.w }

func (w *writer) Status() int { return w.status }

func (w *writer) Size() int { return w.size }

func (w *writer) Written() bool { return w.size != unwritten }

func (w *writer) WriteHeader(status int) {
	switch {
	case status <= 0:
	case bridge.Informational(status):
		w.w.WriteHeader(status)
	case !w.Written():
		w.status, w.explicit = status, true
	case bridge.Success(w.status) && !bridge.Success(status) && w.late == 0:
		w.late = status
	}
}

func (w *writer) WriteHeaderNow() {
	if !w.Written() {
		w.size, w.attached = 0, len(w.c.Errors)
		w.w.WriteHeader(w.status)
	}
}

func (w *writer) Write(p []byte) (int, error) {
	w.WriteHeaderNow()
	n, err := w.w.Write(p)
	w.size += n
	return n, err
}

func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeaderNow()
	n, err := io.WriteString(w.w, s)
	w.size += n
	return n, err
}

// Flush implements [http.Flusher].
func (w *writer) Flush() { _ = w.FlushError() } // the interface has no error

// FlushError is for [http.ResponseController].
func (w *writer) FlushError() error {
	w.WriteHeaderNow()
	return http.NewResponseController(w.w).Flush()
}

// Hijack implements [http.Hijacker]. Like gin's, it refuses once a body has
// been written.
func (w *writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.size > 0 {
		return nil, nil, errWritten
	}
	conn, rw, err := http.NewResponseController(w.w).Hijack()
	if err == nil && !w.Written() {
		w.size, w.attached = 0, len(w.c.Errors)
	}
	return conn, rw, err
}

var (
	errWritten = errors.New("hookgin: response body already written")
	errRegret  = errors.New("hookgin: the handler failed after it had written a success")
)

// regrets returns what speaks against a success that was written.
func (w *writer) regrets() error {
	switch {
	case !bridge.Success(w.status):
	case len(w.c.Errors) > w.attached:
		return fmt.Errorf("%w: %w", errRegret, w.c.Errors.Last())
	case w.late != 0:
		return fmt.Errorf("%w: status %d", errRegret, w.late)
	}
	return nil
}
