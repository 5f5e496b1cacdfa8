package hookgin

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// request returns the request for the layers, with gin's pattern and path
// parameters.
func request(c *gin.Context) *http.Request {
	r := c.Request.WithContext(c.Request.Context())
	r.Pattern = c.FullPath()
	for _, p := range c.Params {
		r.SetPathValue(p.Key, p.Value)
	}
	return r
}

// native is one request in gin.
type native struct {
	c      *gin.Context
	status int // of gin's answer to a failure
	before int // the status when the layers began: not 200 for unknown paths
}

// Next implements [bridge.Native].
func (n *native) Next(w http.ResponseWriter, r *http.Request) (int, error) {
	c := n.c
	out, req, attached := c.Writer, c.Request, len(c.Errors)
	inner := &writer{ResponseWriter: out, w: w, c: c, status: n.before, size: unwritten}
	c.Writer, c.Request = inner, r
	defer func() { c.Writer, c.Request = out, req }()
	c.Next()
	if inner.Written() {
		if inner.late != 0 {
			n.status = inner.late
		}
		return n.status, inner.regrets()
	}
	var err error
	switch {
	case !success(inner.status):
		n.status = inner.status
		err = fmt.Errorf("the handler set the status %d", inner.status)
	case len(c.Errors) > attached:
	case inner.explicit:
		inner.WriteHeaderNow()
		return 0, nil
	default:
		return 0, nil
	}
	if len(c.Errors) > attached {
		err = c.Errors.Last()
	}
	return n.status, err
}

// Failed implements [bridge.Native]. gin answers 200 if nobody sets a status:
// gin.Recovery does not when it recovers from http.ErrAbortHandler.
func (n *native) Failed() {
	n.c.Status(n.status)
	n.c.Writer = &refusing{n.c.Writer}
}

// refusing is what the rest of gin's chain writes to once a delivery has been
// released: a success does not pass.
type refusing struct{ gin.ResponseWriter }

func (w *refusing) WriteHeader(status int) {
	if success(status) && !w.Written() {
		slog.Error("hookgin: the failure of a webhook was to be answered with success: sending 500, so that it is sent again",
			slog.Int("status", status))
		status = http.StatusInternalServerError
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *refusing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// outer is gin's writer as the layers need it: a status is final when it is
// written, so that nobody in gin takes the answer for open.
type outer struct{ gin.ResponseWriter }

func (w outer) WriteHeader(status int) {
	if bridge.Informational(status) {
		inform(w.ResponseWriter, status)
		return
	}
	w.ResponseWriter.WriteHeader(status)
	w.ResponseWriter.WriteHeaderNow()
}

// Unwrap is for [http.ResponseController].
func (w outer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// inform sends an informational status past gin's writers, which would take it
// for the final one. Where the server's is hidden, it is dropped.
func inform(w http.ResponseWriter, status int) {
	w = bridge.Innermost(w)
	if _, hidden := w.(gin.ResponseWriter); !hidden {
		w.WriteHeader(status)
	}
}
