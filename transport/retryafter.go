package transport

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is the longest wait that RetryAfter reports.
const maxRetryAfter = 24 * time.Hour

// RetryAfter returns how long the Retry-After header of an answer that came
// just now asks to wait (RFC 9110, section 10.2.3), and whether it asks at all:
// a value that is neither seconds nor a date counts as none.
//
// A date is read by the clock that wrote it, the answer's own Date header, so
// that a wrong clock on either side makes no difference, and by now where that
// is missing. One that has passed is a wait of 0. Waits over 24 hours are
// reported as 24 hours: no client should be silenced for longer by one header.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.Trim(h.Get("Retry-After"), " \t")
	if isDigits(value) {
		s, err := strconv.ParseUint(value, 10, 64)
		if err != nil || s > uint64(maxRetryAfter/time.Second) {
			return maxRetryAfter, true
		}
		return time.Duration(s) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
