package hookgin

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/bridge"
)

var errAborted = errors.New("hookgin: the chain was aborted without an answer: a handler behind the layers called Abort")

// answeredKey marks a context whose chain Wrap has aborted, as a layer or a
// mounted handler has answered. That may be by silence, which net/http takes for
// 200: such an Abort is no failure.
type answeredKey struct{}

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
	wrap   *wrap
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
	begun := c.GetInt(begunKey{})
	c.Next()
	if inner.Written() {
		if inner.late != 0 {
			n.status = inner.late
		}
		if len(c.Errors) > attached && !bridge.Success(inner.status) {
			// The handler's answer stays, and the log learns why.
			hooklatch.Report(r.Context(), hooklatch.Failed, c.Errors.Last())
		}
		return n.status, inner.regrets()
	}
	var err error
	switch {
	case !bridge.Success(inner.status):
		n.status = inner.status
		err = fmt.Errorf("hookgin: the handler set the status %d", inner.status)
	case len(c.Errors) > attached:
	case inner.explicit:
		inner.WriteHeaderNow()
		return 0, nil
	case c.IsAborted() && !c.GetBool(answeredKey{}):
		err = errAborted
	case n.wrap.isLast(c, begun):
		err = errNoHandler
	default:
		return 0, nil
	}
	if len(c.Errors) > attached {
		err = c.Errors.Last()
	}
	return n.status, err
}

// Failed implements [bridge.Native]. gin answers 200 unless a handler has set a
// status: gin.Recovery sets none when it recovers from http.ErrAbortHandler.
func (n *native) Failed() {
	n.c.Status(n.status)
	n.c.Writer = &refusing{n.c.Writer}
}

// refusing is what the rest of gin's chain writes to once a delivery has been
// released: a success does not pass.
type refusing struct{ gin.ResponseWriter }

func (w *refusing) WriteHeader(status int) {
	if bridge.Success(status) && !w.Written() {
		slog.Error("hookgin: the failure of a webhook was to be answered with success: sending 500, so that it is sent again",
			slog.Int("status", status))
		status = http.StatusInternalServerError
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *refusing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// outer is gin's writer as the layers need it: a status is final when it is
// written, so that gin does not take the answer for open.
type outer struct{ gin.ResponseWriter }

func (w outer) WriteHeader(status int) {
	w.ResponseWriter.WriteHeader(status)
	w.ResponseWriter.WriteHeaderNow()
}

// Unwrap is for [http.ResponseController].
func (w outer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
