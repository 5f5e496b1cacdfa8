package middleware

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/hooklatch/hooklatch/internal/wire"
)

// mostBuffered is how much of an answer is held back, in bytes.
const mostBuffered = 64 << 10

// A bufferedWriter is a ResponseWriter that holds the final status and the body
// back until it is told to send or to replace them. Informational responses
// pass. A longer body is sent as it comes, but for its end: without a
// Content-Length, HTTP/1.1 and HTTP/2 mark it when the layers return, and until
// then the answer can be cut.
type bufferedWriter struct {
	w        http.ResponseWriter
	whole    bool     // HTTP/1.0: the end of a body is not marked, so nothing is sent early
	status   int      // as the handler wrote it; 0: it has not
	regret   int      // a failure's status, written after a success
	body     []byte   // not yet sent
	short    [32]byte // room for such a body
	sent     bool     // the status and the body so far are on the wire
	uncut    bool     // the answer should have been cut, and could not be
	hijacked bool
}

func (b *bufferedWriter) Header() http.Header { return b.w.Header() }

// Unwrap is for [http.ResponseController].
func (b *bufferedWriter) Unwrap() http.ResponseWriter { return b.w }

func (b *bufferedWriter) WriteHeader(status int) {
	if status < 100 || status > 999 {
		// As net/http does, and now: a failure, not a silent success.
		panic(fmt.Sprintf("middleware: invalid WriteHeader code %d", status))
	}
	switch {
	case b.status != 0:
		// net/http would drop it. Here it is what a recovery within the
		// layers writes after the handler's panic.
		if status >= 200 && wire.Success(b.status) && !wire.Success(status) {
			b.regret = status
		}
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		b.w.WriteHeader(status)
	default:
		b.status = status
	}
}

func (b *bufferedWriter) Write(p []byte) (int, error) {
	if err := b.room(len(p)); err != nil {
		return 0, err
	}
	if b.sent {
		return b.w.Write(p)
	}
	b.body = append(b.body, p...)
	return len(p), nil
}

// WriteString spares [io.WriteString] a copy.
func (b *bufferedWriter) WriteString(s string) (int, error) {
	if err := b.room(len(s)); err != nil {
		return 0, err
	}
	if b.sent {
		return b.w.Write([]byte(s))
	}
	b.body = append(b.body, s...)
	return len(s), nil
}

// room prepares for n more bytes of body: it sends what is held back if they
// would be too many.
func (b *bufferedWriter) room(n int) error {
	if b.status == 0 {
		b.status = http.StatusOK
	}
	if b.status == http.StatusNoContent || b.status == http.StatusNotModified {
		return http.ErrBodyNotAllowed
	}
	if !b.sent && !b.whole && len(b.body)+n > mostBuffered {
		// With a length, the answer would be complete before the outcome is
		// known, and without chunks nothing would tell that it is not.
		b.w.Header().Del("Content-Length")
		b.w.Header().Del("Transfer-Encoding")
		b.commit()
	}
	if b.body == nil && n <= len(b.short) {
		b.body = b.short[:0]
	}
	return nil
}

// FlushError is for [http.ResponseController]. What is held back stays so: a
// success must not leave before the delivery is done.
func (b *bufferedWriter) FlushError() error {
	if b.status == 0 {
		b.status = http.StatusOK
	}
	if !b.sent {
		return nil
	}
	return http.NewResponseController(b.w).Flush()
}

// Flush implements [http.Flusher].
func (b *bufferedWriter) Flush() { _ = b.FlushError() } // the interface has no error

// Hijack implements [http.Hijacker].
func (b *bufferedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(b.w).Hijack()
	if err == nil {
		b.hijacked, b.sent = true, true
	}
	return conn, rw, err
}

// send lets out what the handler wrote, or calls silence if it wrote nothing.
func (b *bufferedWriter) send(silence func()) {
	switch {
	case b.sent:
	case b.status == 0:
		b.replace(silence)
	default:
		b.commit()
	}
}

// replace drops what the handler wrote and calls instead.
func (b *bufferedWriter) replace(instead func()) {
	b.sent = true
	wire.Forget(b.w.Header())
	instead()
}

// refuse is replace, or cuts the answer if a part of it is on the wire.
func (b *bufferedWriter) refuse(instead func()) {
	switch {
	case !b.sent:
		b.replace(instead)
	case !b.hijacked:
		b.uncut = !wire.Cut(b.w)
	}
}

// commit puts on the wire what is held back. Values of declared trailers may be
// in the header already: they must not go out with it.
func (b *bufferedWriter) commit() {
	b.sent = true
	header := b.w.Header()
	var trailers http.Header
	for _, names := range header["Trailer"] {
		for name := range strings.SplitSeq(names, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if v, ok := header[name]; ok {
				if trailers == nil {
					trailers = make(http.Header)
				}
				trailers[name] = v
				delete(header, name)
			}
		}
	}
	b.w.WriteHeader(b.status)
	if len(b.body) > 0 {
		_, _ = b.w.Write(b.body) // if the sender is gone, it will ask again
		b.body = nil
	}
	for name, v := range trailers {
		header[name] = v
	}
}
