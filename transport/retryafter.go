package transport

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is the longest wait that RetryAfter reports.
const maxRetryAfter = 24 * time.Hour

// RetryAfter returns how long the Retry-After header of an answer that came
// just now asks to wait (RFC 9110, section 10.2.3), and whether it asks at all:
// a value that is neither seconds nor a date counts as none. Beyond the RFC it
// reads seconds with a fraction, which it rounds up, and dates of a single-digit
// day or of the zone UTC or +0000, as some providers send them.
//
// A date is read by the clock that wrote it, the answer's own Date header, so
// that a wrong clock on either side makes no difference, and by now where that
// is missing. One that has passed is a wait of 0. Waits over 24 hours are
// reported as 24 hours; the layers that wait have shorter bounds of their own.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.Trim(h.Get("Retry-After"), " \t")
	if whole, fraction, _ := strings.Cut(value, "."); isDigits(whole) && strings.Trim(fraction, "0123456789") == "" {
		s, err := strconv.ParseUint(whole, 10, 64)
		if err != nil || s >= uint64(maxRetryAfter/time.Second) {
			return maxRetryAfter, true
		}
		if strings.Trim(fraction, "0") != "" {
			s++
		}
		return time.Duration(s) * time.Second, true
	}
	at, ok := parseDate(value)
	if !ok {
		return 0, false
	}
	if date, ok := parseDate(h.Get("Date")); ok {
		now = date
	}
	return min(max(at.Sub(now), 0), maxRetryAfter), true
}

// parseDate reads a date of RFC 9110, section 5.6.7, and what is often sent in
// its place.
func parseDate(s string) (time.Time, bool) {
	if t, err := http.ParseTime(s); err == nil {
		return t, true
	}
	for _, zone := range [...]string{" UTC", " +0000", " -0000"} {
		if rest, ok := strings.CutSuffix(s, zone); ok {
			s = rest + " GMT"
		}
	}
	t, err := time.Parse("Mon, _2 Jan 2006 15:04:05 GMT", s)
	return t, err == nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// logUnread tells of a Retry-After that RetryAfter could not read.
func logUnread(ctx context.Context, log *slog.Logger, resp *http.Response) {
	value := resp.Header.Get("Retry-After")
	if value == "" {
		return
	}
	if log == nil {
		log = slog.Default()
	}
	log.LogAttrs(ctx, slog.LevelWarn, "Retry-After can't be read",
		slog.Int("status", resp.StatusCode), slog.String("value", strconv.QuoteToASCII(value[:min(len(value), 64)])))
}
