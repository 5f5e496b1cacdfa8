package hookecho

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// request returns the request for the layers, with echo's pattern and path
// parameters.
func request(c *echo.Context) *http.Request {
	r := c.Request().WithContext(c.Request().Context())
	r.Pattern = c.Path()
	for _, p := range c.PathValues() {
		r.SetPathValue(p.Name, p.Value)
	}
	return r
}

// native is one request in echo.
type native struct {
	c    *echo.Context
	next echo.HandlerFunc
}

// Next implements [bridge.Native].
func (n *native) Next(w http.ResponseWriter, r *http.Request) (int, error) {
	c := n.c
	out, req := c.Response(), c.Request()
	inner := echo.NewResponse(w, c.Logger())
	inner.Status = http.StatusOK // as echo has it
	c.SetResponse(inner)
	c.SetRequest(r)
	defer func() {
		c.SetResponse(out)
		c.SetRequest(req)
	}()
	err := n.next(c)
	return status(err), err
}

// status returns what echo's own error handler answers, which another may
// not; it is never a success.
func status(err error) int {
	if code := echo.StatusCode(err); code >= 300 {
		return code
	}
	return http.StatusInternalServerError
}

// Failed implements [bridge.Native]. An error handler that answers with a
// success would have the sender forget what has not taken effect.
func (n *native) Failed() {
	logger := n.c.Logger()
	res, err := echo.UnwrapResponse(n.c.Response())
	if err != nil {
		logger.Error("hookecho: a middleware hides echo's response: a webhook's failure that is answered with success can't be stopped",
			slog.Any("error", err))
		return
	}
	res.Before(func() {
		if res.Status < 200 || res.Status > 299 {
			return
		}
		logger.Error("hookecho: the failure of a webhook was to be answered with success: sending 500, so that it is sent again",
			slog.Int("status", res.Status))
		res.Status = http.StatusInternalServerError
	})
}

// outer is echo's response as the layers need it: an informational status goes
// past it, as it would take it for the final one.
type outer struct{ http.ResponseWriter }

func (w outer) WriteHeader(status int) {
	if bridge.Informational(status) {
		bridge.Innermost(w.ResponseWriter).WriteHeader(status)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w outer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
