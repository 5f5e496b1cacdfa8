package middleware

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

const (
	// DefaultBodyLimit is the largest body that Capture takes unless told
	// otherwise: 1 MiB.
	DefaultBodyLimit = 1 << 20

	// DefaultBodyTimeout is the time in which a body must have come unless
	// told otherwise.
	DefaultBodyTimeout = 10 * time.Second
)

// CaptureOptions are what [Capture] can be told. Nil and the zero value are
// ready to use.
type CaptureOptions struct {
	Options

	// Timeout is the time in which the whole body must have come, so that a
	// sender who dribbles holds nothing for long. It takes the place of the
	// server's ReadTimeout. Zero is [DefaultBodyTimeout]; Capture panics if
	// it is negative.
	Timeout time.Duration
}

// Capture reads the whole body, exactly as it came, and hands a
// [hooklatch.Delivery] with it to the layers behind. The handler can read the
// request's Body as if nobody had.
//
// It must come before anything that reads, decodes or decompresses the body:
// the signature was made over these very bytes. If an earlier layer has eaten
// them, Capture answers 500 and the log says so. (Of a chunked body it can't
// tell; if the signature does not match an empty one, the log says that.)
//
// limit is the largest body taken, in bytes; zero is [DefaultBodyLimit], and
// Capture panics if it is negative. A larger body is answered with 413 at
// once, even if the rest never comes, and the connection is closed. A body
// that has not come in time is answered with 408. No memory is reserved for
// bytes that have only been announced.
func Capture(limit int64, o *CaptureOptions) func(http.Handler) http.Handler {
	var opts CaptureOptions
	if o != nil {
		opts = *o
	}
	if limit < 0 || opts.Timeout < 0 {
		panic("middleware: Capture: negative limit or timeout")
	}
	if limit == 0 {
		limit = DefaultBodyLimit
	}
	limit = min(limit, math.MaxInt64-1) // one more can be counted
	if opts.Timeout == 0 {
		opts.Timeout = DefaultBodyTimeout
	}
	return func(next http.Handler) http.Handler {
		return &capture{next: next, limit: limit, opts: opts}
	}
}

type capture struct {
	next  http.Handler
	limit int64
	opts  CaptureOptions
}

var (
	errTooLarge = errors.New("body over the limit")
	errTooSlow  = errors.New("body did not come in time")
	errConsumed = errors.New("body already consumed: a layer before Capture has read it; put Capture first")
)

func (c *capture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	body, err := c.read(w, r, start)
	if err != nil {
		c.fail(w, r, start, err)
		return
	}
	f := &flow{Context: r.Context()}
	f.delivery = hooklatch.Delivery{Header: r.Header, Body: body, Received: start}
	f.body.Reset(body)
	// The copy is made after reading: the server adds trailers that were not
	// announced to the request it made, and a copy made before lacks them.
	f.request = *r.WithContext(f)
	f.request.Body = &f.body
	c.next.ServeHTTP(w, &f.request)
}

// read returns the whole body.
func (c *capture) read(w http.ResponseWriter, r *http.Request, start time.Time) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		if r.ContentLength > 0 {
			return nil, errConsumed
		}
		return nil, nil
	}
	if r.ContentLength > c.limit {
		return nil, errTooLarge
	}
	// A writer that can't set deadlines leaves the check between two reads,
	// and the server's own ReadTimeout.
	rc := http.NewResponseController(w)
	bounded := rc.SetReadDeadline(start.Add(c.opts.Timeout)) == nil
	body, err := c.readAll(r.Body, r.ContentLength, start)
	if bounded {
		// Left in place, the server would take the sender for gone when it
		// passes.
		rc.SetReadDeadline(time.Time{}) //nolint:errcheck // it worked a moment ago
	}
	// The server reports a body that was cut off as an error. One that ended
	// well but too early has lost its beginning to somebody else.
	if err == nil && int64(len(body)) < r.ContentLength || errors.Is(err, http.ErrBodyReadAfterClose) {
		return nil, errConsumed
	}
	return body, err
}

// readAll reads to the end, into a buffer that starts small and doubles, up to
// the declared length if there is one.
func (c *capture) readAll(src io.Reader, declared int64, start time.Time) ([]byte, error) {
	const first = 4 << 10
	size := int64(512)
	if declared >= 0 {
		size = min(declared+1, first) // with room to see the end
	}
	var buf []byte
	if declared >= 0 && size <= mostSmall {
		buf = cut(size)
	} else {
		buf = make([]byte, 0, size)
	}
	for {
		// Not a byte more than it takes to know: a chunked body is read
		// until the buffer is full, and the next byte may never come.
		n, err := src.Read(buf[len(buf):min(int64(cap(buf)), c.limit+1)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > c.limit:
			return nil, errTooLarge
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return nil, err
		case time.Since(start) > c.opts.Timeout:
			return nil, errTooSlow
		}
		if len(buf) < cap(buf) {
			continue
		}
		size = min(2*int64(cap(buf)), c.limit+1)
		if declared >= int64(len(buf)) {
			size = min(size, declared+1)
		}
		grown := make([]byte, len(buf), size)
		copy(grown, buf)
		buf = grown
	}
}

func (c *capture) fail(w http.ResponseWriter, r *http.Request, start time.Time, err error) {
	var broken *net.OpError
	isBroken := errors.As(err, &broken)
	if isBroken {
		err = broken.Err // without the addresses, which the log may not show
	}
	out := Outcome{Result: Unreadable, Duration: time.Since(start), Err: err}
	status, say := http.StatusBadRequest, "Body unreadable"
	var outer *http.MaxBytesError
	switch {
	case errors.Is(err, errTooLarge), errors.As(err, &outer):
		out.Result = TooLarge
		status, say = http.StatusRequestEntityTooLarge, "Body too large"
	case errors.Is(err, errTooSlow), errors.Is(err, os.ErrDeadlineExceeded):
		out.Result = TooSlow
		status, say = http.StatusRequestTimeout, "Body too slow"
	case errors.Is(err, errConsumed):
		out.Result = Misplaced
		status, say = http.StatusInternalServerError, wire.Oops
	case errors.Is(err, io.ErrUnexpectedEOF):
		out.Err = io.ErrUnexpectedEOF
	case !isBroken:
		// The error may quote what was sent.
		out.Err = fmt.Errorf("body encoding malformed or connection lost (%T)", err)
	}
	c.opts.end(r, out)
	answerUnread(w, r, status, say)
}
