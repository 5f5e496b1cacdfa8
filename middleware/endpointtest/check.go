package endpointtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// Check makes endpoints that share all but their names, over one store, and sends
// them the same deliveries. elsewhere is the store of another service: where
// services share a server, the same server under another namespace. Both stores
// may have been used before, and remember the check's deliveries afterwards.
//
// Check returns nil if each endpoint has handled each of its deliveries once,
// and otherwise all that went wrong, joined.
func Check(store, elsewhere idempotency.Store) error {
	var errs []error
	for _, s := range senders() {
		for _, c := range []struct {
			name string
			run  func(*check) error
		}{
			{"two endpoints", twoEndpoints},
			{"two replicas of an endpoint", twoReplicas},
			{"two tenants of an endpoint", twoTenants},
			{"two services", twoServices},
			{"one endpoint while the other handles", whileTheOtherHandles},
			{"one endpoint after the other has failed", afterTheOtherHasFailed},
			{"a replay under another id", replayed},
			{"two Once layers in a chain", twoLayers},
		} {
			if err := c.run(newCheck(s, store, elsewhere)); err != nil {
				errs = append(errs, fmt.Errorf("%s, %s: %w", s.name, c.name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// A check is one scenario with one kind of sender. Its names and ids are fresh,
// as the stores may have been used.
type check struct {
	sender           sender
	scheme           *verify.Scheme
	store, elsewhere idempotency.Store
	salt             string
	errs             []error
}

func newCheck(s sender, store, elsewhere idempotency.Store) *check {
	return &check{sender: s, store: store, elsewhere: elsewhere, scheme: s.scheme, salt: rand.Text()}
}

// A mount is a handler behind an endpoint's layers.
type mount struct {
	http.Handler
	handled int
	handle  func() error // what the handler does beside counting; nil: nothing
}

func (m *mount) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.Handler.ServeHTTP(w, r) }

// handler counts what it handles.
func (m *mount) handler() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		m.handled++
		if m.handle == nil {
			return
		}
		if err := m.handle(); err != nil {
			hooklatch.Report(r.Context(), hooklatch.Failed, err)
		}
	})
}

// mount puts a handler behind the endpoint of that name.
func (c *check) mount(name string, store idempotency.Store) *mount {
	m := new(mount)
	m.Handler = c.endpoint(name).Receiver(c.scheme, store, m.handler(), &middleware.ReceiverOptions{Once: c.once()})
	return m
}

func (c *check) endpoint(name string) *middleware.Endpoint {
	return middleware.NewEndpoint(name+"-"+c.salt, &middleware.EndpointOptions{Logger: silent})
}

func (c *check) once() *middleware.OnceOptions { return &middleware.OnceOptions{ID: c.sender.id} }

// post sends a request to a mount and notes if the answer is not the one that is
// wanted.
func (c *check) post(what string, h http.Handler, r *http.Request, want string) {
	var w recorder
	h.ServeHTTP(&w, r)
	if got := string(w.body); got != want {
		c.errs = append(c.errs, fmt.Errorf("%s: answer %d %q, want %q", what, w.status, got, want))
	}
}

// times notes if a mount has not handled so many deliveries.
func (c *check) times(what string, m *mount, want int) {
	if m.handled != want {
		c.errs = append(c.errs, fmt.Errorf("%s handled %d deliveries, want %d", what, m.handled, want))
	}
}

func (c *check) end() error { return errors.Join(c.errs...) }
