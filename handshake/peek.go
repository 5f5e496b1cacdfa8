package handshake

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

const (
	maxUnsigned = 4 << 10          // bytes of a body that nothing has verified
	peekTime    = 10 * time.Second // for such a body to arrive
	maxSigned   = 16 << 10         // bytes of a verified body that may be a challenge
)

// peek reads the body of a POST if it is small enough for a challenge, and returns
// it, nil if it is not, and the request with its body as it came.
func peek(w http.ResponseWriter, r *http.Request) ([]byte, *http.Request) {
	if r.Method != http.MethodPost || r.Body == nil || r.ContentLength == 0 || r.ContentLength > maxUnsigned ||
		len(r.Header["Content-Encoding"]) > 0 {
		return nil, r
	}
	rc := http.NewResponseController(w)
	bounded := rc.SetReadDeadline(time.Now().Add(peekTime)) == nil
	body, err := io.ReadAll(io.LimitReader(r.Body, maxUnsigned+1))
	if bounded && err == nil {
		_ = rc.SetReadDeadline(time.Time{}) // it worked a moment ago
	}
	again := *r
	again.Body = &rereadBody{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil || len(body) > maxUnsigned {
		return nil, &again
	}
	return body, &again
}

// A rereadBody is a body of which a part has been read before.
type rereadBody struct {
	io.Reader
	io.Closer
}

// member returns a member of a strict JSON object, nil if it is not there or body
// is none.
func member(body []byte, name string) []byte {
	names, value := [1]string{name}, [1][]byte{}
	if jsonscan.Members(body, names[:], value[:]) != nil {
		return nil
	}
	return value[0]
}

// text returns a member that is a string.
func text(body []byte, name string) (value string, ok bool) {
	return jsonscan.String(member(body, name))
}
