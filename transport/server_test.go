package transport_test

import (
	"context"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
)

// A server is a real HTTP server whose connections are pipes in memory: it works
// in a bubble of testing/synctest, where sockets do not. Package hooktest has a
// public one; this module needs no more than its own few lines, and so nothing
// of the module above it.
type server struct {
	URL       string
	transport *http.Transport // reaches it by any name
}

// newServer starts a server that ends with the test.
func newServer(t *testing.T, h http.Handler) *server {
	ln := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	var conns sync.WaitGroup
	srv := &http.Server{
		Handler:  h,
		ErrorLog: log.New(t.Output(), "", 0),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
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
	s := &server{URL: "http://hooktest.test", transport: &http.Transport{DialContext: ln.dial}}
	t.Cleanup(func() {
		_ = srv.Close()
		<-served
		_ = srv.Close() // a connection may have come in during the first
		conns.Wait()
		s.transport.CloseIdleConnections()
	})
	return s
}

// connKey is of a request's connection, in its context.
type connKey struct{}

// A listener hands the server's ends of pipes from dial to Accept.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (ln *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case ln.conns <- server:
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

func (ln *listener) Addr() net.Addr { return &net.TCPAddr{} }
