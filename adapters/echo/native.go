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

// native is one request in echo. Package hookechov4 has the same for the other version:
// its Context is another type (a struct in v5, an interface in v4), and so is its
// Response. What does not name them is in package bridge.
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
	c.SetResponse(&response{inner})
	c.SetRequest(r)
	defer func() {
		c.SetResponse(out)
		c.SetRequest(req)
	}()
	err := n.next(c)
	return status(err), err
}

// status returns what echo's own error handler answers, which another may
// not; it is never a success. An error whose methods panic, as those of one on a
// nil pointer do, is 500.
func status(err error) (code int) {
	defer func() {
		if recover() != nil {
			code = http.StatusInternalServerError
		}
	}()
	if code := echo.StatusCode(err); code >= 300 {
		return code
	}
	return http.StatusInternalServerError
}

// Failed implements [bridge.Native]. A success in answer to a failure, by an error
// handler or by the server in place of one, would have the sender forget what
// has not taken effect.
func (n *native) Failed() {
	logger, w := n.c.Logger(), n.c.Response()
	allow := bridge.Withhold(w, n.c.Request())
	res, err := echo.UnwrapResponse(w)
	if err != nil {
		logger.Error("hookecho: a middleware hides echo's response: cutting off the answer to a webhook's failure, which could be a success",
			slog.Any("error", err))
		return
	}
	res.Before(func() {
		allow()
		if res.Status >= 300 {
			return
		}
		logger.Error("hookecho: the failure of a webhook was to be answered with success: sending 500, so that it is sent again",
			slog.Int("status", res.Status))
		res.Status = http.StatusInternalServerError
	})
}
