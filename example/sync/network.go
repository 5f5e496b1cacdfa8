package main

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/hooklatch/hooklatch/transport"
)

var errDown = errors.New("the network is down")

// A network is what lies between the program and the provider, in both
// directions.
type network struct {
	mu   sync.Mutex
	down bool
	hold func(body []byte) bool // which delivery is held up next; nil is none
	held chan struct{}          // closed when one is held up
	free chan struct{}          // closed to let it go
}

// cut takes the network down or up.
func (n *network) cut(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

// holdUp has the next delivery wait that match takes. held is closed when there
// is one, release lets it go.
func (n *network) holdUp(match func(body []byte) bool) (held <-chan struct{}, release func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	free := make(chan struct{})
	n.hold, n.held, n.free = match, make(chan struct{}), free
	return n.held, sync.OnceFunc(func() { close(free) })
}

// layer carries requests.
func (n *network) layer(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		wait, err := n.enter(r)
		if err != nil {
			return nil, err
		}
		if wait != nil {
			select {
			case <-wait:
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
		return next.RoundTrip(r)
	})
}

// enter returns what a request has to wait for; nil if for nothing.
func (n *network) enter(r *http.Request) (<-chan struct{}, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return nil, errDown
	}
	if n.hold == nil || r.GetBody == nil {
		return nil, nil
	}
	copied, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(copied) // in memory, with both senders
	if err != nil {
		return nil, err
	}
	if !n.hold(body) {
		return nil, nil
	}
	n.hold = nil
	close(n.held)
	return n.free, nil
}
