package transport

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// send sends a request with a token, and sees to it that the token goes to one
// address only.
func (a *auth) send(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	g := &guard{cancel: cancel}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: g.getConn, GotConn: g.gotConn})
	resp, err := a.next.RoundTrip(r.WithContext(ctx))
	switch {
	case g.left():
		err = ErrRedirected
	case err == nil && resp.Request != nil && resp.Request.Response != nil:
		err = ErrRedirected
	case err == nil:
		return cutBy(resp, func() { cancel(nil) }), nil
	}
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close() // the answer is not wanted
	}
	cancel(nil)
	return nil, err
}

// A guard watches where a request goes.
type guard struct {
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	address string // the first one; a proxy's, if there is one
	astray  bool   // another came up
}

// getConn is called by net/http before it takes or makes a connection.
func (g *guard) getConn(address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch g.address {
	case "":
		g.address = address
	case address:
	default:
		g.astray = true
		g.cancel(ErrRedirected)
	}
}

// gotConn is called by net/http before it writes.
func (g *guard) gotConn(info httptrace.GotConnInfo) {
	if g.left() {
		veto(info.Conn)
	}
}

func (g *guard) left() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.astray
}
