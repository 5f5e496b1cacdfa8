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

	// DefaultBodyTimeout is the time in which a body must arrive unless told
	// otherwise.
	DefaultBodyTimeout = 10 * time.Second
)

// CaptureOptions are the optional settings of [Endpoint.Capture]. Nil and the
// zero value are ready to use.
type CaptureOptions struct {
	// Timeout is the time in which the whole body must arrive, so that a
	// sender that sends a byte now and then holds nothing for long. It takes
	// the place of the server's ReadTimeout. Zero means
	// [DefaultBodyTimeout]; Capture panics if it is negative.
	Timeout time.Duration
}

// Capture returns the layer that reads the whole body, exactly as it came, and
// hands a [hooklatch.Delivery] with it to the layers behind. The handler can
// read the request's Body as if no layer had.
//
// Capture must come before anything that reads, decodes or decompresses the
// body: the signature was made over these very bytes. If an earlier layer has
// consumed them, Capture answers 500 and the log says so. (It can't tell with
// a chunked body; if the signature does not match an empty one, the log says
// that.)
//
// limit is the largest body taken, in bytes; zero means [DefaultBodyLimit], and
// Capture panics if it is negative. A larger body is answered with 413 at once,
// even if the rest never comes, and the connection is closed. A body that does
// not arrive in time is answered with 408, and one for which the endpoint's
// [Budget] has no room with 503. Capture reserves no memory for bytes that have
// only been announced.
func (e *Endpoint) Capture(limit int64, o *CaptureOptions) func(http.Handler) http.Handler {
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
		checkNext("Capture", next)
		return &capture{endpoint: e, next: next, limit: limit, timeout: opts.Timeout}
	}
}

type capture struct {
	endpoint *Endpoint
	next     http.Handler
	limit    int64
	timeout  time.Duration
}

func (c *capture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.endpoint.drain.closed.Load() {
		c.endpoint.Report(r, Outcome{Result: ShuttingDown})
		wire.LaterUnread(w, r, retryAfterShutdown)
		return
	}
	b := bodyReader{capture: c, start: time.Now(), budget: c.endpoint.opts.Unverified}
	var (
		body []byte
		err  error
	)
	guard(w, func() { body, err = b.read(w, r) })
	if err != nil {
		c.fail(w, r, b.start, err)
		return
	}
	f := &flow{Context: r.Context(), budget: b.budget}
	f.taken.Store(b.taken)
	defer f.decided()
	f.delivery = hooklatch.Delivery{Endpoint: c.endpoint.name, Header: r.Header, Body: body, Received: b.start}
	f.body.Reset(body)
	// The copy is made after reading: the server adds trailers that were not
	// announced to the request it made, and a copy made before lacks them.
	f.request = *r.WithContext(f)
	f.request.Body = &f.body
	c.next.ServeHTTP(w, &f.request)
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
	case errors.Is(err, errNoBudget):
		out.Result = Overloaded
		c.endpoint.Report(r, out)
		wire.LaterUnread(w, r, retryAfterOverload)
		return
	case errors.Is(err, errConsumed):
		out.Result = Misplaced
		status, say = http.StatusInternalServerError, wire.Oops
	case errors.Is(err, io.ErrUnexpectedEOF):
		out.Err = io.ErrUnexpectedEOF
	case !isBroken:
		// The error may quote what was sent.
		out.Err = fmt.Errorf("body encoding malformed or connection lost (%T)", err)
	}
	c.endpoint.Report(r, out)
	wire.AnswerUnread(w, r, status, say)
}
