package hookechov4

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// request returns the request for the layers, with echo's pattern and path
// parameters.
func request(c echo.Context) *http.Request {
	r := c.Request().WithContext(c.Request().Context())
	r.Pattern = c.Path()
	values := c.ParamValues()
	for i, name := range c.ParamNames() {
		if i < len(values) {
			r.SetPathValue(name, values[i])
		}
	}
	return r
}

// native is one request in echo. Package hookecho has the same for the other version:
// its Context is another type (a struct in v5, an interface in v4), and so is its
// Response. What does not name them is in package bridge.
type native struct {
	c    echo.Context
	next echo.HandlerFunc
}

// Next implements [bridge.Native].
func (n *native) Next(w http.ResponseWriter, r *http.Request) (int, error) {
	c := n.c
	out, req := c.Response(), c.Request()
	lower := &lower{ResponseWriter: w}
	inner := echo.NewResponse(lower, c.Echo())
	lower.res = inner
	inner.Status = http.StatusOK // as echo has it
	c.SetResponse(inner)
	c.SetRequest(r)
	defer func() {
		c.SetResponse(out)
		c.SetRequest(req)
	}()
	err := n.next(c)
	if err == nil && lower.lost() {
		err = errLost
	}
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
	var he *echo.HTTPError
	if errors.As(err, &he) && he.Code >= 300 {
		return he.Code
	}
	return http.StatusInternalServerError
}

// Failed implements [bridge.Native]. A success in answer to a failure, by an error
// handler or by the server in place of one, would have the sender forget what
// has not taken effect.
func (n *native) Failed() {
	res, logger := n.c.Response(), n.c.Logger()
	allow := bridge.Withhold(res, n.c.Request())
	res.Before(func() {
		allow()
		if res.Status >= 300 {
			return
		}
		logger.Errorf("hookechov4: the failure of a webhook was to be answered with success: sending 500, so that it is sent again: status %d", res.Status)
		res.Status = http.StatusInternalServerError
	})
}
