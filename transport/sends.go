package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// An ask is how a layer that counts attempts is asked for one more. It may wait
// for its turn, unless atOnce is set.
type ask func(ctx context.Context, atOnce bool) error

// errNotResent ends an attempt whose connection was lost before an answer came,
// and which net/http wanted to send again by itself.
var errNotResent = errors.New("the connection was lost before an answer came")

// sends counts how often one attempt leaves. The layers outside have seen it
// once, but it can leave more often: [Auth] sends it again with a newer token,
// and [http.Transport] when a kept connection turns out to be dead.
type sends struct {
	cancel     context.CancelCauseFunc
	replayable bool // net/http may send it again though it has been written

	mu      sync.Mutex
	ask     ask // all layers that count, the outer ones first
	counted int // how often they were asked
	left    int // how often the request was given a connection
}

type sendsKey struct{}

// counted sends an attempt that layers have counted once. more is asked before
// it leaves once more.
//
// A resend of net/http's can't wait: it holds a connection. If more does not let
// it go at once, the attempt ends with errNotResent, for a [Retry] outside to
// repeat in its turn. Transports that are not net/http's tell nothing of what
// they resend.
func counted(next http.RoundTripper, r *http.Request, more ask) (*http.Response, error) {
	if s, ok := r.Context().Value(sendsKey{}).(*sends); ok {
		s.join(more)
		return next.RoundTrip(r)
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	s := &sends{cancel: cancel, replayable: replayable(r), ask: more, counted: 1}
	ctx = httptrace.WithClientTrace(context.WithValue(ctx, sendsKey{}, s), &httptrace.ClientTrace{
		GotConn: s.gotConn,
	})
	resp, err := next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		if context.Cause(ctx) == errNotResent {
			err = errNotResent
		}
		cancel(nil)
		return nil, err
	}
	return cutBy(resp, func() { cancel(nil) }), nil
}

// join adds a layer further in.
func (s *sends) join(more ask) {
	s.mu.Lock()
	defer s.mu.Unlock()
	outer := s.ask
	s.ask = func(ctx context.Context, atOnce bool) error {
		if err := outer(ctx, atOnce); err != nil {
			return err
		}
		return more(ctx, atOnce)
	}
}

// beforeRepeat waits until the request with the context may be sent once more,
// or says why it may not.
func beforeRepeat(ctx context.Context) error {
	s, ok := ctx.Value(sendsKey{}).(*sends)
	if !ok {
		return nil
	}
	s.mu.Lock()
	more := s.ask
	s.mu.Unlock()
	if err := more(ctx, false); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counted++
	return nil
}

// gotConn is called by net/http, in the goroutine that sends, each time that the
// request is about to be written to a connection.
func (s *sends) gotConn(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left++; s.left <= s.counted {
		return
	}
	if !s.replayable && !isHTTP2(info.Conn) {
		s.counted++ // nothing of it was written to the last connection
		return
	}
	if s.ask(context.Background(), true) == nil {
		s.counted++
		return
	}
	s.left--
	s.cancel(errNotResent)
	veto(info.Conn)
}

// veto keeps a request, whose context has been cancelled, from being written to
// the connection that it was just given. HTTP/2 looks at the context before it
// writes. HTTP/1 does not, and nothing but the connection's end keeps it from
// writing; no other request uses that connection.
func veto(conn net.Conn) {
	if !isHTTP2(conn) {
		_ = conn.Close() // its end is all that matters
	}
}

// replayable tells whether net/http takes a request for one that has the same
// effect when it is sent twice.
func replayable(r *http.Request) bool {
	switch r.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil
}

// isHTTP2 tells whether a TLS connection has agreed on HTTP/2 (RFC 9113, section
// 3.2).
func isHTTP2(conn net.Conn) bool {
	c, ok := conn.(interface{ ConnectionState() tls.ConnectionState })
	return ok && c.ConnectionState().NegotiatedProtocol == "h2"
}

// reason returns why the context has ended: a veto of a layer's, or what
// [context.Context.Err] says.
func reason(ctx context.Context) error {
	if cause := context.Cause(ctx); cause == errNotResent || cause == ErrRedirected {
		return cause
	}
	return ctx.Err()
}
