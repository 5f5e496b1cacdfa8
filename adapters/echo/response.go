package hookecho

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// A response is echo's, but lets informational statuses (RFC 9110, section 15.2)
// pass: echo takes the first status for the final one, and would drop a failure
// that follows.
type response struct{ *echo.Response }

// WriteHeader implements [http.ResponseWriter].
func (r *response) WriteHeader(status int) {
	if bridge.Informational(status) {
		r.ResponseWriter.WriteHeader(status)
		return
	}
	r.Response.WriteHeader(status)
}

// Unwrap is for [echo.UnwrapResponse] and [http.ResponseController].
func (r *response) Unwrap() http.ResponseWriter { return r.Response }

// reopen lets the answer still come if a middleware around the layers has sent an
// informational status through echo's Response, which took it for the final one.
func reopen(res *echo.Response) {
	if res.Committed && bridge.Informational(res.Status) {
		res.Committed, res.Status = false, http.StatusOK // as echo has it
	}
}
