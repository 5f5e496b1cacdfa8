package hookechov4

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

var errLost = errors.New("hookechov4: echo's Response took an informational status for the final one, and may have dropped the one that followed")

// A lower is what echo's Response writes to. The Response takes the first status
// for the final one, even an informational one (RFC 9110, section 15.2), and drops
// a failure that follows. Being a struct, it can't be replaced; but it comes here
// for its header, as all of echo's answers with a body do first, and then it is
// told that its answer is still to come.
type lower struct {
	http.ResponseWriter
	res    *echo.Response
	taken  bool // the Response has taken an informational status for the final one
	final  bool // the final one has come
	silent bool // taken, and the body began without the final one
}

// Header implements [http.ResponseWriter].
func (w *lower) Header() http.Header {
	if w.taken && !w.final {
		w.res.Committed, w.res.Status = false, http.StatusOK // as echo has it
	}
	return w.ResponseWriter.Header()
}

// WriteHeader implements [http.ResponseWriter].
func (w *lower) WriteHeader(status int) {
	if !bridge.Informational(status) {
		w.final = true
	} else if w.res.Status == status { // else the handler has gone past the Response
		w.taken = true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *lower) Write(p []byte) (int, error) {
	w.silent = w.silent || w.taken && !w.final
	w.final = true
	return w.ResponseWriter.Write(p)
}

// lost tells whether the Response may have dropped the final status.
func (w *lower) lost() bool { return w.silent || w.taken && !w.final }

// Unwrap is for [http.ResponseController].
func (w *lower) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// reopen lets the answer still come if a middleware around the layers has sent an
// informational status through echo's Response, which took it for the final one.
func reopen(res *echo.Response) {
	if res.Committed && bridge.Informational(res.Status) {
		res.Committed, res.Status = false, http.StatusOK // as echo has it
	}
}
