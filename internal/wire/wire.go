// Package wire writes the answers to senders. They are short and constant: a
// sender, genuine or not, learns nothing from them but the status.
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
	BadMedia  = "Unsupported media type"
)

// RetryUnknown is when the sender of a delivery of an unknown type should try
// again, where a newer version of the program may know it: a deploy takes longer
// than a moment.
const RetryUnknown = 30 * time.Second

// Shared by all answers: no code changes a header's values in place.
var (
	contentJSON = []string{"application/json"}
	contentText = []string{"text/plain; charset=utf-8"}
)

// Answer writes an answer: as JSON if body begins with a brace, else as plain
// text.
func Answer(w http.ResponseWriter, status int, body string) {
	contentType := contentText
	if strings.HasPrefix(body, "{") {
		contentType = contentJSON
	}
	w.Header()["Content-Type"] = contentType
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// Success tells whether a status is one of success (RFC 9110, section 15.3):
// whether the sender takes the delivery for delivered.
func Success(status int) bool { return status >= 200 && status < 300 }

// Forget deletes the headers with which a handler may have described a body that
// is not sent.
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

// SetRetryAfter sets Retry-After to whole seconds (RFC 9110, section 10.2.3),
// rounded up, at least one.
func SetRetryAfter(h http.Header, wait time.Duration) {
	seconds := int64(wait / time.Second)
	if wait%time.Second > 0 {
		seconds++
	}
	h.Set("Retry-After", strconv.FormatInt(max(1, seconds), 10))
}
