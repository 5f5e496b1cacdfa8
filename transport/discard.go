package transport

import (
	"context"
	"io"
	"net/http"
	"time"
)

// What is read of an answer that is not wanted, so that its connection can be
// used again.
const (
	discardBytes = 64 << 10
	discardTime  = time.Second
)

// send sends a request whose answer [discard] can cut off.
func send(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	resp, err := next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return resp, err
	}
	return cutBy(resp, cancel), nil
}

// cutBy returns the answer with a body whose end, or whose being discarded,
// calls cancel.
func cutBy(resp *http.Response, cancel func()) *http.Response {
	switch body := resp.Body.(type) {
	case nil:
		cancel()
	case *inMemory:
		cancel() // and the body outlives it
	case io.ReadWriteCloser: // of a protocol that the connection was switched to
		resp.Body = struct {
			cut
			io.Writer
		}{cut{body, cancel}, body}
	default:
		if body == http.NoBody {
			cancel()
		} else {
			resp.Body = cut{body, cancel}
		}
	}
	return resp
}

// A cut is a body that can be cut off while it is read. Its Close can't: net/http
// lets it wait for the reader.
type cut struct {
	io.ReadCloser
	cancel func()
}

func (c cut) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

func (c cut) cutOff() { c.cancel() }

// discard closes the body of an answer that is not wanted, having read what may
// be left of it: a connection can be used again after the last byte only. An
// answer that drips is cut off, if it is one of [send]'s.
func discard(resp *http.Response) {
	defer resp.Body.Close()
	body, ok := resp.Body.(interface{ cutOff() })
	if !ok {
		return
	}
	timer := time.AfterFunc(discardTime, body.cutOff)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, discardBytes) // whatever it holds
}
