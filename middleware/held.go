package middleware

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/hooklatch/hooklatch/internal/wire"
)

// mostHeld is how much of an answer is held back, in bytes.
const mostHeld = 64 << 10

// held is a ResponseWriter that holds the final status and the body back until
// it is told to send or to replace them. Informational responses pass.
type held struct {
	w        http.ResponseWriter
	status   int      // as the handler wrote it; 0: it has not
	regret   int      // a failure's status, written after a success that is held
	body     []byte   // not yet sent
	short    [32]byte // room for such a body
	sent     bool     // status and body so far are on the wire
	hijacked bool
}

func (h *held) Header() http.Header { return h.w.Header() }

// Unwrap is for [http.ResponseController].
func (h *held) Unwrap() http.ResponseWriter { return h.w }

func (h *held) WriteHeader(status int) {
	if status < 100 || status > 999 {
		// As net/http does, and now: a failure, not a silent success.
		panic(fmt.Sprintf("middleware: invalid WriteHeader code %d", status))
	}
	switch {
	case h.status != 0:
		// On the wire it would be too late. Here it is what a recovery
		// within the layers writes after the handler's panic.
		if !h.sent && status >= 200 && success(h.status) && !success(status) {
			h.regret = status
		}
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		h.w.WriteHeader(status)
	default:
		h.status = status
	}
}

func (h *held) Write(p []byte) (int, error) {
	if err := h.room(len(p)); err != nil {
		return 0, err
	}
	if h.sent {
		return h.w.Write(p)
	}
	h.body = append(h.body, p...)
	return len(p), nil
}

// WriteString spares [io.WriteString] a copy.
func (h *held) WriteString(s string) (int, error) {
	if err := h.room(len(s)); err != nil {
		return 0, err
	}
	if h.sent {
		return h.w.Write([]byte(s))
	}
	h.body = append(h.body, s...)
	return len(s), nil
}

// room prepares for n more bytes of body: it sends what is held if they would
// be too many.
func (h *held) room(n int) error {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	if h.status == http.StatusNoContent || h.status == http.StatusNotModified {
		return http.ErrBodyNotAllowed
	}
	if !h.sent && len(h.body)+n > mostHeld {
		h.commit()
	}
	if h.body == nil && n <= len(h.short) {
		h.body = h.short[:0]
	}
	return nil
}

// FlushError is for [http.ResponseController]: the handler wants its answer on
// the wire now.
func (h *held) FlushError() error {
	if h.status == 0 {
		h.status = http.StatusOK
	}
	if !h.sent {
		h.commit()
	}
	return http.NewResponseController(h.w).Flush()
}

// Flush implements [http.Flusher].
func (h *held) Flush() { h.FlushError() } //nolint:errcheck // the interface has no error

// Hijack implements [http.Hijacker].
func (h *held) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.w).Hijack()
	if err == nil {
		h.hijacked, h.sent = true, true
	}
	return conn, rw, err
}

// send lets out what the handler wrote, or calls silence if it wrote nothing.
func (h *held) send(silence func()) {
	switch {
	case h.sent:
	case h.status == 0:
		h.replace(silence)
	default:
		h.commit()
	}
}

// replace drops what the handler wrote, unless it is too late, and calls
// instead.
func (h *held) replace(instead func()) {
	if !h.sent {
		h.sent = true
		wire.Forget(h.w.Header())
		instead()
	}
}

// commit puts on the wire what is held. Values of declared trailers may be in
// the header already: they must not go out with it.
func (h *held) commit() {
	h.sent = true
	header := h.w.Header()
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
	h.w.WriteHeader(h.status)
	if len(h.body) > 0 {
		h.w.Write(h.body) //nolint:errcheck // the sender is gone: it will ask again
		h.body = nil
	}
	for name, v := range trailers {
		header[name] = v
	}
}
