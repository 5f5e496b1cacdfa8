package linktreetest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"
)

// A Request is one that has come to the API.
type Request struct {
	ID       string // the answer's X-Request-Id
	Time     time.Time
	Method   string
	Path     string      // escaped, as it came
	Query    string      // as it came
	Header   http.Header // with the token
	Status   int         // of the answer; 0 if there is none, or not yet
	Replayed bool        // done before: it had the Idempotency-Key of an earlier one
}

// Requests returns the requests that came, in their order. Of more than 10,000
// it has the last. Those of a fault are among them, whatever became of them.
func (p *Provider) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	entries := p.requests.all()
	all := make([]Request, len(entries))
	for i, e := range entries {
		all[i] = *e
		all[i].Header = e.Header.Clone()
	}
	return all
}

const maxBody = 1 << 20

// readBody reads a request's body to its end, also where it is not wanted: only
// then does the server notice when the client gives up.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil { // a request that no server made
		return nil, nil
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

// checkBody refuses a body that can't be what is asked for.
func checkBody(x *exchange) (a answer, ok bool) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(x.bodyErr, &tooLarge):
		return failed(http.StatusRequestEntityTooLarge, codeInvalid, "the body has more than %d bytes", maxBody), false
	case x.bodyErr != nil:
		return failed(http.StatusBadRequest, codeInvalid, "the body did not come whole"), false
	case len(x.body) == 0:
		return answer{}, true
	}
	if typ, _, err := mime.ParseMediaType(x.Header.Get("Content-Type")); err != nil || typ != contentType {
		return failed(http.StatusUnsupportedMediaType, codeInvalid, "the body is not said to be %s", contentType), false
	}
	return answer{}, true
}
