package hooktest

import (
	"context"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
)

// A Server is a real HTTP server whose connections are pipes in memory. Unlike
// sockets, pipes work inside a testing/synctest bubble, where time-outs and waits
// take no real time. Outside of bubbles, a Server needs no port.
//
// Pipes have no buffers: a write returns when the other side has read it.
type Server struct {
	// URL is the server's base URL, without a slash at its end. Only the
	// server's own client can reach it.
	URL string

	client *http.Client
}

// NewServer starts a server for h. For use in a bubble, call it in there, with
// the bubble's t.
//
// The server ends with the test: it closes its connections, which cancels the
// contexts of the requests in hand, and waits for their handlers to return. What
// it logs, such as panics of h, goes to the test's output.
func NewServer(t testing.TB, h http.Handler) *Server {
	ln := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	var conns sync.WaitGroup
	srv := &http.Server{
		Handler:  h,
		ErrorLog: log.New(t.Output(), "", 0),
		// StateNew comes before Serve accepts the next connection, and
		// StateClosed after the last handler of the connection.
		ConnState: func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				conns.Add(1)
			case http.StateClosed, http.StateHijacked:
				conns.Done()
			}
		},
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(ln) // always returns an error: that it was closed
	}()
	transport := &http.Transport{DialContext: ln.dial}
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
		_ = srv.Close() // a connection may have come in during the first
		conns.Wait()
		transport.CloseIdleConnections()
	})
	return &Server{URL: "http://hooktest.test", client: &http.Client{Transport: transport}}
}

// Client returns a client that sends all requests to the server, whatever host
// they name. It keeps connections alive, as http.DefaultClient does.
func (s *Server) Client() *http.Client { return s.client }

// A listener hands the server's ends of pipes from dial to Accept.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (ln *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case ln.conns <- conn{server}:
		return client, nil
	case <-ln.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (ln *listener) Accept() (net.Conn, error) {
	select {
	case c := <-ln.conns:
		return c, nil
	case <-ln.closed:
		return nil, net.ErrClosed
	}
}

func (ln *listener) Close() error {
	ln.once.Do(func() { close(ln.closed) })
	return nil
}

func (ln *listener) Addr() net.Addr { return addr }

// A conn has an address that can be parsed, for handlers that look at
// RemoteAddr. It is httptest's.
type conn struct{ net.Conn }

func (conn) RemoteAddr() net.Addr { return addr }

var addr = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1234}
