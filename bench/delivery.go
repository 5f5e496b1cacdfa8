package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// Secret signs every delivery here.
const Secret = "a secret of thirty-two bytes, ok"

// A Shape is how a body is padded to its size.
type Shape string

const (
	// Members is many small JSON values, as in the payloads of APIs.
	Members Shape = "members"

	// Text is one long string, which JSON scanners pass quickly.
	Text Shape = "text"
)

// Every body begins with beforeNumber.
const beforeNumber = `{"type":"link.created","data":{"link_id":"lnk_`

// MinBody is the smallest body that [Body] makes.
const MinBody = 160

// Body returns a link.created event of exactly size bytes of JSON. Bodies with
// different n differ, as long as n has at most 12 digits.
//
// The body begins with what a [Receiver] decodes; the rest has the shape. Body
// panics if size is below [MinBody].
func Body(n uint64, size int, shape Shape) []byte {
	if size < MinBody {
		panic(fmt.Sprintf("bench: a body of %d bytes", size))
	}
	b := make([]byte, 0, size)
	b = fmt.Appendf(b, beforeNumber+`%012d","title":"Summer sale","url":"https://shop.example","position":1`, n)
	const tail = `"}}`
	if shape == Members {
		const open, closing = `,"past":[`, `],"pad":"`
		first := true
		for i := 0; ; i++ {
			entry := fmt.Sprintf(`,{"at":%d,"clicks":%d,"source":"email","paid":false}`, 1_700_000_000+i, 7*i)
			if first {
				entry = open + entry[1:]
			}
			if len(b)+len(entry)+len(closing)+len(tail) > size {
				break
			}
			b, first = append(b, entry...), false
		}
		if !first {
			b = append(b, closing...)
		} else {
			b = append(b, `,"pad":"`...)
		}
	} else {
		b = append(b, `,"pad":"`...)
	}
	b = append(b, bytes.Repeat([]byte("x"), size-len(b)-len(tail))...)
	return append(b, tail...)
}

// A Stream makes deliveries of one size, signed as Linktree signs. No two have
// the same id or body. It is not safe for concurrent use.
type Stream struct {
	body   []byte // of number 0
	made   uint64
	scheme *verify.Scheme
	wire   bytes.Buffer
}

// NewStream returns a stream of bodies of size bytes.
func NewStream(size int, shape Shape) *Stream {
	scheme, err := provider.Linktree(Secret)
	if err != nil {
		panic(err) // the secret is a constant
	}
	return &Stream{body: Body(0, size, shape), scheme: scheme}
}

// Next returns the next delivery's header and body.
func (s *Stream) Next() (http.Header, []byte) {
	s.made++
	// As Body would make it, in less time.
	body := bytes.Clone(s.body)
	copy(body[len(beforeNumber):], fmt.Sprintf("%012d", s.made))
	h := http.Header{"Content-Type": {"application/json"}}
	env := verify.Envelope{ID: fmt.Sprintf("evt_%012d", s.made), Time: time.Now()}
	if err := s.scheme.Sign(h, env, body); err != nil {
		panic(err) // it signs any body
	}
	return h, body
}

// Request returns the next delivery as a server's handler gets it.
func (s *Stream) Request() *http.Request {
	h, body := s.Next()
	return &http.Request{
		Method: http.MethodPost, Header: h, ContentLength: int64(len(body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)),
	}
}

// Wire returns the next delivery as it is sent over HTTP/1.1. All deliveries of
// a stream have the same length. The bytes are valid until the next call.
func (s *Stream) Wire() []byte {
	h, body := s.Next()
	w := &s.wire
	w.Reset()
	w.WriteString("POST /webhooks/linktree HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n")
	w.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	_ = h.Write(w) // a buffer takes every write
	w.WriteString("\r\n")
	w.Write(body)
	return w.Bytes()
}
