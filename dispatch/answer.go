package dispatch

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch"
)

var (
	contentJSON = []string{"application/json"}
	contentText = []string{"text/plain; charset=utf-8"}
)

// answer tells the sender what came of a delivery, and the log why it failed.
// d is nil if a layer is missing.
func (m *Mux) answer(ctx context.Context, w http.ResponseWriter, d *hooklatch.Delivery, err error) {
	if err == nil {
		write(w, http.StatusOK, `{"received":true}`)
		return
	}
	v := classify(err)
	status, text := http.StatusInternalServerError, "Internal server error"
	switch v.class {
	case later:
		status, text = http.StatusServiceUnavailable, "Try again later"
		w.Header().Set("Retry-After", strconv.FormatInt(seconds(v.delay), 10))
	case decode:
		status, text = http.StatusUnprocessableEntity, "Unexpected data"
	case envelope:
		status, text = http.StatusBadRequest, "Not a webhook envelope"
	}
	m.logFailed(ctx, d, status, v, err)
	write(w, status, text)
}

func write(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h["Content-Type"] = contentText
	if strings.HasPrefix(body, "{") {
		h["Content-Type"] = contentJSON
	}
	w.WriteHeader(status)
	io.WriteString(w, body) //nolint:errcheck // nobody is left to tell
}

// seconds rounds up to whole seconds, at least one.
func seconds(d time.Duration) int64 {
	s := int64(d / time.Second)
	if d%time.Second > 0 {
		s++
	}
	return max(1, s)
}
