package transport

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A staleEntry is an answer that is kept. It is never changed.
type staleEntry struct {
	got  time.Time
	size int64         // in memory, about, in bytes
	vary http.Header   // headers of the request on which it depends
	head http.Response // without Body and Request
	body []byte
}

// entryOverhead is about what an entry takes beside its texts.
const entryOverhead = 1 << 10

func (e *staleEntry) age() time.Duration { return time.Since(e.got) }

// fits tells whether the entry is the answer to the request as far as its
// headers go.
func (e *staleEntry) fits(req *http.Request) bool {
	for name, values := range e.vary {
		if !slices.Equal(values, req.Header[name]) {
			return false
		}
	}
	return true
}

// The beginnings of the Cache-Status header (RFC 9211) of answers from memory.
const (
	cacheHit     = "hooklatch; hit; ttl="
	cacheStandIn = "hooklatch; fwd=stale; ttl="
)

// hit is the Cache-Status of an entry that is served without asking.
func (e *staleEntry) hit(freshFor time.Duration) string {
	return cacheHit + e.ttl(freshFor)
}

// standIn is the Cache-Status of an entry that is served in place of an answer
// with another outcome, or of none (nil).
func (e *staleEntry) standIn(freshFor time.Duration, resp *http.Response, o Outcome) string {
	status := fmt.Sprintf("%s%s; detail=%q", cacheStandIn, e.ttl(freshFor), o)
	if resp != nil {
		status += "; fwd-status=" + strconv.Itoa(resp.StatusCode)
	}
	return status
}

// ttl is for how many seconds the entry remains fresh; if negative, since when
// it is stale.
func (e *staleEntry) ttl(freshFor time.Duration) string {
	return strconv.FormatInt(int64((freshFor-e.age())/time.Second), 10)
}

// answer returns the entry as the answer to the request.
func (e *staleEntry) answer(req *http.Request, cacheStatus string) *http.Response {
	resp := e.head
	resp.Header = e.head.Header.Clone()
	resp.Header.Set("Cache-Status", cacheStatus)
	resp.Header.Set("Age", strconv.FormatInt(int64(e.age()/time.Second), 10))
	resp.Body = io.NopCloser(bytes.NewReader(e.body))
	resp.Request = req
	return &resp
}

// Staleness tells how old an answer is that [Stale] has served from memory, to
// the second, and whether it is stale: whether it stands in for one that could
// not be had. Any other answer is the provider's own, of age 0.
//
// It reads the answer's Cache-Status (RFC 9211) and Age (RFC 9111, section 5.1)
// headers. Stale sees to it that they are its own; without that layer they say
// what the provider wants.
func Staleness(resp *http.Response) (age time.Duration, stale bool) {
	status := resp.Header.Get("Cache-Status")
	stale = strings.HasPrefix(status, cacheStandIn)
	if !stale && !strings.HasPrefix(status, cacheHit) {
		return 0, false
	}
	seconds, err := strconv.ParseUint(resp.Header.Get("Age"), 10, 31)
	if err != nil {
		return 0, stale
	}
	return time.Duration(seconds) * time.Second, stale
}
