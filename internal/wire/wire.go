// Package wire writes the answers that senders get. They are short and
// constant: a sender, or whoever poses as one, learns nothing from them but the
// status.
package wire

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The answers that more than one layer gives.
const (
	Received  = `{"received":true}`
	Duplicate = `{"duplicate":true}`
	Oops      = "Internal server error"
	TryLater  = "Try again later"
	BadData   = "Unexpected data"
	NoEvent   = "Not a webhook envelope"
)

// Shared by all answers: nobody changes a header's values in place.
var (
	contentJSON = []string{"application/json"}
	contentText = []string{"text/plain; charset=utf-8"}
)

// Answer writes an answer, as JSON if it looks like it and as plain text
// otherwise.
func Answer(w http.ResponseWriter, status int, body string) {
	contentType := contentText
	if strings.HasPrefix(body, "{") {
		contentType = contentJSON
	}
	w.Header()["Content-Type"] = contentType
	w.WriteHeader(status)
	io.WriteString(w, body) //nolint:errcheck // nobody is left to tell
}

// Forget takes out of the headers what a handler may have said of a body that
// is not to be sent.
func Forget(h http.Header) {
	if len(h) == 0 {
		return
	}
	for _, k := range [...]string{"Content-Encoding", "Content-Length", "Etag", "Last-Modified", "Trailer"} {
		delete(h, k)
	}
}

// Later asks the sender to try again: 503 with Retry-After.
func Later(w http.ResponseWriter, wait time.Duration) {
	SetRetryAfter(w.Header(), wait)
	Answer(w, http.StatusServiceUnavailable, TryLater)
}

// SetRetryAfter sets the header to whole seconds, rounded up, at least one.
func SetRetryAfter(h http.Header, wait time.Duration) {
	seconds := int64(wait / time.Second)
	if wait%time.Second > 0 {
		seconds++
	}
	h.Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
}
