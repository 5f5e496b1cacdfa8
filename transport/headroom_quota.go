package transport

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Quota is what an answer says of the provider's rate limit, in headers such
// as X-RateLimit-Remaining, X-RateLimit-Limit and X-RateLimit-Reset.
type Quota struct {
	// Known is whether the answer told the remaining number at all. The
	// zero Quota knows nothing.
	Known bool

	// Remaining is how many requests are left until Reset.
	Remaining int

	// Limit is how many there are in all, 0 if the answer did not say.
	Limit int

	// Reset is when there are as many again, zero if the answer did not
	// say. No standard tells what the header's number is: up to 100 million
	// it is taken for seconds from when the answer came, and above for
	// seconds since 1970.
	Reset time.Time

	// Seen is when the answer came.
	Seen time.Time
}

// QuotaHeaders are the names of the headers that a [Quota] is read from. No
// standard has them. Empty is X-RateLimit-Remaining, X-RateLimit-Limit and
// X-RateLimit-Reset, which most providers use.
type QuotaHeaders struct{ Remaining, Limit, Reset string }

func (h *QuotaHeaders) complete() {
	h.Remaining = cmp.Or(h.Remaining, "X-RateLimit-Remaining")
	h.Limit = cmp.Or(h.Limit, "X-RateLimit-Limit")
	h.Reset = cmp.Or(h.Reset, "X-RateLimit-Reset")
}

// read reads the header of an answer that came just now. A value that is no whole
// number of at most ten digits counts as missing.
func (h *QuotaHeaders) read(header http.Header, now time.Time) Quota {
	remaining, ok := whole(header.Get(h.Remaining))
	if !ok {
		return Quota{}
	}
	q := Quota{Known: true, Remaining: remaining, Seen: now}
	q.Limit, _ = whole(header.Get(h.Limit))
	if reset, ok := whole(header.Get(h.Reset)); ok && reset > 1e8 {
		q.Reset = time.Unix(int64(reset), 0)
	} else if ok {
		q.Reset = now.Add(time.Duration(reset) * time.Second)
	}
	return q
}

// whole returns the number that s is, if it is one that can be meant.
func whole(s string) (int, bool) {
	s = strings.Trim(s, " \t")
	if !isDigits(s) || len(s) > 10 {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return int(min(n, math.MaxInt)), err == nil
}
